import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { allMetrics } from '../../tools/generate/parts/metrics-page.cjs';
import { SCHEMA_REGISTRY, SERVICES } from '../../tools/supervisor/services.cjs';
import { namesIn } from './promql.cjs';

const ROOT = path.resolve(__dirname, '..', '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, 'infra', file), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}
const rules: Rule[] = fs
  .readdirSync(path.join(ROOT, 'infra', 'prometheus', 'rules'))
  .flatMap((file) => parse(read(`prometheus/rules/${file}`)).groups)
  .flatMap((group: { rules: Rule[] }) => group.rules);
const dashboards = fs.readdirSync(path.join(ROOT, 'infra', 'grafana', 'dashboards')).map((file) => {
  const { panels, templating } = JSON.parse(read(`grafana/dashboards/${file}`)) as {
    panels: Panel[];
    templating: { list: { name: string; definition: string }[] };
  };
  return { file, panels, variables: templating.list };
});
const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []));

/** What a scrape adds: https://prometheus.io/docs/concepts/jobs_instances/ */
const OF_SCRAPE = ['job', 'instance'];
/** Series name -> its labels. */
const series = new Map<string, readonly string[]>([['up', []]]);
for (const { name, kind, labels } of allMetrics(ROOT).values()) {
  if (kind !== 'histogram') series.set(name, labels);
  else
    for (const part of ['bucket', 'sum', 'count'])
      series.set(`${name}_${part}`, part === 'bucket' ? [...labels, 'le'] : labels);
}

/** What a query names that does not exist. */
function missing(query: string): string[] {
  const { metrics, groupedBy } = namesIn(query);
  const labelsOf = (name: string) => [...(series.get(name) ?? []), ...OF_SCRAPE];
  const ofAny = metrics.flatMap(({ name }) => labelsOf(name));
  return [
    ...(metrics.length === 0 ? ['any metric'] : []),
    ...metrics.filter(({ name }) => !series.has(name)).map(({ name }) => name),
    ...metrics.flatMap(({ name, labels }) => labels.filter((label) => !labelsOf(name).includes(label))),
    ...groupedBy.filter((label) => !ofAny.includes(label)),
  ];
}
/** Labels that a text for people is filled with, and that the query's result does not have. */
function unfilled(query: string, texts: readonly string[], pattern: RegExp): string[] {
  const { metrics, groupedBy } = namesIn(query);
  const given =
    groupedBy.length > 0 ? groupedBy : metrics.flatMap(({ name }) => [...(series.get(name) ?? []), ...OF_SCRAPE]);
  return texts
    .flatMap((text) => [...text.matchAll(pattern)].map(([, label]) => label as string))
    .filter((label) => !given.includes(label));
}
const withoutVariables = (query: string) => query.replaceAll('[$__rate_interval]', '[5m]');

describe('infra/prometheus: rules', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s names metrics and labels that exist',
    (_, { expr, annotations }) => {
      expect(missing(expr)).toEqual([]);
      expect(unfilled(expr, Object.values(annotations), /\{\{ \$labels\.(\w+) \}\}/g)).toEqual([]);
    },
  );

  test('every alert has a name of its own, a severity, and says what to do', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary?.length).toBeGreaterThan(10);
      expect(annotations.description?.length).toBeGreaterThan(30);
    }
  });
});

describe('infra/grafana: dashboards', () => {
  test.each(targets.map(({ expr, legendFormat }) => [expr, legendFormat] as const))(
    '%s names what exists',
    (expr, legend) => {
      expect(missing(withoutVariables(expr))).toEqual([]);
      expect(unfilled(withoutVariables(expr), [legend], /\{\{(\w+)\}\}/g)).toEqual([]);
    },
  );

  test('variables are made from series and labels that exist, and every one that is used is made', () => {
    for (const { variables, panels } of dashboards) {
      for (const { definition } of variables) {
        const [, name = '', label = ''] = definition.match(/^label_values\((\w+), (\w+)\)$/) ?? [];
        expect(series.get(name)).toContain(label);
      }
      const used = panels.flatMap(({ targets: some = [] }) =>
        some.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)),
      );
      const known = [...variables.map(({ name }) => name), '__rate_interval'];
      expect(used.filter((name) => !known.includes(name as string))).toEqual([]);
    }
  });

  test('every panel has an id and a title of its own and asks the data source that is provisioned', () => {
    const [{ uid }] = parse(read('grafana/provisioning/datasources/prometheus.yml')).datasources;
    for (const { panels } of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
      for (const { type, datasource, targets: some = [] } of panels) {
        if (type === 'row') continue;
        expect([datasource, ...some.map((target) => target.datasource)].map((source) => source?.uid)).toEqual(
          new Array(some.length + 1).fill(uid),
        );
      }
    }
    const [{ options }] = parse(read('grafana/provisioning/dashboards/millrace.yml')).providers;
    const compose = parse(fs.readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
    expect(compose.services.grafana.volumes).toContain(`./infra/grafana/dashboards:${options.path}:ro`);
  });
});

describe('infra/prometheus: scrape', () => {
  test('asks the health pages of all services that the supervisor runs', () => {
    const config = parse(read('prometheus/prometheus.yml'));
    const scraped = config.scrape_configs.flatMap((job: { static_configs: { targets: string[] }[] }) =>
      job.static_configs.flatMap((group) => group.targets),
    );
    const ours = [...SERVICES, SCHEMA_REGISTRY].map(({ name, healthPort }) => `${name}:${healthPort}`);
    expect(scraped.sort()).toEqual(ours.sort());
  });
});

describe('infra/prometheus: the check itself', () => {
  test.each([
    ['a misspelt metric', 'rate(millrace_predictons_total[5m])', 'millrace_predictons_total'],
    ['a part that only histograms have', 'millrace_outbox_rows_bucket', 'millrace_outbox_rows_bucket'],
    ['a histogram without its part', 'millrace_handling_duration_seconds', 'millrace_handling_duration_seconds'],
    ['a misspelt label of a selector', 'up{jop="millrace"}', 'jop'],
    ['a misspelt label of a grouping', 'sum by (endpont) (millrace_lane_lag_records)', 'endpont'],
    ['a query of numbers alone', '1 + 1', 'any metric'],
  ])('finds %s', (_, query, name) => {
    expect(missing(query)).toEqual([name]);
  });

  test.each([
    ['a function that does not exist', 'rat(up[5m])', 'no function rat'],
    ['a bracket that is not closed', 'sum(up', 'not closed'],
    ['a bracket too many', 'up)', 'not opened'],
    ['a selector that is not one', 'up{job}', 'label="value"'],
    ['a selector that is not closed', 'up{job="a"', 'not closed'],
    ['a bare selector', '{job="a"}', 'without a metric'],
    ['an aggregation of nothing', 'sum', 'aggregates nothing'],
    ['a sign of another language', 'up ; drop', 'cannot read on'],
  ])('refuses %s', (_, query, why) => {
    expect(() => namesIn(query)).toThrow(why);
  });

  test('reads names out of everything that queries are made of', () => {
    const query = `histogram_quantile(0.99, sum by (le, topic) (rate(a_bucket{x=~"y{}|,z", w!='1'}[5m] offset 1h))) > bool 1e3 and on (topic) group_left (mode) topk(3, b) unless absent(c{})`;
    expect(namesIn(query)).toEqual({
      metrics: [
        { name: 'a_bucket', labels: ['x', 'w'] },
        { name: 'b', labels: [] },
        { name: 'c', labels: [] },
      ],
      groupedBy: ['le', 'topic', 'topic', 'mode'],
    });
  });
});
