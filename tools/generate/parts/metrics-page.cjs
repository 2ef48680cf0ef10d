// docs/generated/metrics.md: every metric that some process makes, read from the calls in the sources
// (`metrics.counter('millrace_..._total', 'Help.', ['label'])`), so that no list beside the code can go stale.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const { sourceFiles } = require('./built-modules.cjs');
const { code, page, table } = require('./markdown.cjs');

const INTRO = `Each process answers \`GET /metrics\` on its health port in the Prometheus text format. Durations are in seconds, sizes in bytes; labels are bounded:
no request id, user or record key is ever one.`;

const KINDS = { counter: 'counter', observedCounter: 'counter', gauge: 'gauge', histogram: 'histogram' };
const NAME = /^(?:millrace|process|nodejs|kafka)_/;

/** Every metric of the platform by its name. */
function allMetrics(root) {
  const metrics = sourceFiles(root).flatMap((file) => metricsIn(file, fs.readFileSync(path.join(root, file), 'utf8')));
  const byName = new Map();
  for (const metric of metrics) byName.set(metric.name, merge(byName.get(metric.name), metric));
  return byName;
}

function outputs(root) {
  const rows = [...allMetrics(root).values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, kind, labels, help, projects }) => [
      code(name),
      kind,
      labels.map(code).join(', '),
      help,
      [...projects].sort().join(', '),
    ]);
  const content = page('Metrics', INTRO, [table(['metric', 'kind', 'labels', 'what it is', 'made in'], rows)]);
  return [{ file: 'docs/generated/metrics.md', content }];
}

/** @returns {{name: string, kind: string, help: string, labels: string[], projects: Set<string>}[]} */
function metricsIn(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const visit = (node) => {
    const metric = ts.isCallExpression(node) ? metricOf(node, file) : undefined;
    if (metric) found.push(metric);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function metricOf(call, file) {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const kind = KINDS[call.expression.name.text];
  const [name, help, labels] = call.arguments;
  if (!kind || !name || !ts.isStringLiteralLike(name) || !NAME.test(name.text)) return undefined;
  const refuse = (what) => {
    throw new Error(`${file}: ${name.text}: ${what}, so that docs/generated/metrics.md can be made from it.`);
  };
  if (!help || !ts.isStringLiteralLike(help)) refuse('write its help as one string literal');
  if (labels && !ts.isArrayLiteralExpression(labels)) refuse('write its labels as a list of string literals');
  const names = (labels?.elements ?? []).map((one) =>
    ts.isStringLiteralLike(one) ? one.text : refuse('a label is no string literal'),
  );
  return { name: name.text, kind, help: help.text, labels: names, projects: new Set([file.split('/')[1]]) };
}

function merge(before, metric) {
  if (!before) return metric;
  if (before.help !== metric.help || before.kind !== metric.kind || before.labels.join() !== metric.labels.join())
    throw new Error(`${metric.name} is made twice with different kinds, helps or labels.`);
  return { ...before, projects: new Set([...before.projects, ...metric.projects]) };
}

module.exports = { allMetrics, outputs };
