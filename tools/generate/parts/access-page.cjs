// docs/generated/access.md: who may do what on the broker, from the catalogue (who writes) and the services' flows (who
// reads, in which group). Deny by default: what is not here is forbidden.
const { builtModules } = require('./built-modules.cjs');
const { code, page, table } = require('./markdown.cjs');

const INTRO = `Access lists for a broker with an authorizer (\`StandardAuthorizer\`, \`allow.everyone.if.no.acl.found=false\`): one principal a service, and nothing else
is allowed. They are not enforced on the broker that \`npm start\` starts, which has no authorizer. \`MILLRACE_PREFIX\` stands before each name. \`worker\` is a training
worker, \`producers\` are those outside Millrace who were granted a source or an endpoint, \`people\` use the CLI.`;

/** What no flow says: lanes, workers, the maker of topics, the command line. */
const BESIDE_FLOWS = [
  ['inference', 'Topic', 'registry.endpoints.v1', 'Read'],
  ['inference', 'Topic', 'registry.releases.v1', 'Read'],
  ['inference', 'Group', 'inference.serve.*', 'Read'],
  ['inference', 'TransactionalId', 'serve.*', 'Write'],
  ['ingestion', 'Group', 'ingestion.data.*', 'Read'],
  ['ingestion', 'TransactionalId', 'data.*', 'Write'],
  ['ingestion', 'Topic', 'data.*', 'Create'],
  ['governance', 'Group', 'governance.ledger.*', 'Read'],
  ['registry', 'Topic', 'serve.*', 'Create'],
  ['worker', 'Topic', 'training.job-assignments.v1', 'Read'],
  ['contracts', 'Topic', '*', 'Create, Describe'],
  ['schema-registry', 'Topic', '_schemas', 'Create, Read, Write'],
  ['schema-registry', 'TransactionalId', 'schema-registry', 'Write'],
  ['people', 'Topic', '*', 'Read'],
  ['people', 'Group', 'load.*', 'Read'],
  ['people', 'TransactionalId', 'load.*', 'Write'],
  ['people', 'Group', 'demo.*', 'Read'],
  ['people', 'TransactionalId', 'demo.*', 'Write'],
  ['people', 'Topic', 'data.*', 'Write'],
  ['people', 'Topic', 'serve.*', 'Write'],
];

function outputs(root) {
  const contracts = require('@millrace/contracts');
  const flows = builtModules(root, '.flow.js')
    .flatMap(({ exports }) => Object.values(exports))
    .filter((one) => one && typeof one === 'object' && 'consumes' in one && 'emits' in one);
  refuseStrangers(flows, contracts);
  const rows = accessRows(flows, contracts);
  const byPrincipal = grouped(rows);
  const blocks = [...byPrincipal]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([principal, own]) => [
      `## ${principal}`,
      table(
        ['resource', 'name', 'operations'],
        own.map(([, resource, name, operations]) => [resource, code(name), operations]),
      ),
    ]);
  return [{ file: 'docs/generated/access.md', content: page('Access lists', INTRO, blocks) }];
}

function accessRows(flows, { allTopics, sourceTopics, endpointTopics, isLedgered }) {
  const dynamic = [
    ...Object.values(sourceTopics('<source>')),
    ...Object.values(endpointTopics('<endpoint>', '<major>')),
  ];
  const allowed = new Map();
  const allow = (principal, resource, name, operations) => {
    const key = [principal, resource, name].join('\n');
    for (const operation of operations.split(', ')) allowed.set(key, (allowed.get(key) ?? new Set()).add(operation));
  };
  for (const topic of [...allTopics, ...dynamic]) {
    for (const writer of topic.writers) allow(writer, 'Topic', topic.name, 'Write');
    for (const reader of topic.readers ?? []) allow(reader, 'Topic', topic.name, 'Read');
    if (isLedgered(topic)) allow('governance', 'Topic', topic.name, 'Read');
  }
  for (const { service, consumes } of flows) {
    for (const { topic, mode } of consumes) {
      allow(service, 'Topic', topic.name, 'Read');
      // The names that MillraceStrategy gives its groups; broadcast mode has none.
      if (mode === 'outbox') allow(service, 'Group', service, 'Read');
      if (mode === 'fold') allow(service, 'Group', `${service}.fold`, 'Read');
    }
  }
  for (const row of BESIDE_FLOWS) allow(...row);
  return [...allowed]
    .map(([key, operations]) => [...key.split('\n'), [...operations].sort().join(', ')])
    .sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** A flow that emits what the catalogue does not let it write is a fault in one of the two. */
function refuseStrangers(flows, { topicOf, allTopics }) {
  for (const { service, emits } of flows) {
    for (const record of emits) {
      const carriers = allTopics.filter((topic) => topic.records.some((one) => one.fullName === record.fullName));
      if (!carriers.some((topic) => topic.writers.includes(service))) {
        throw new Error(`${service}.flow.ts emits ${record.fullName}, but may not write to ${topicOf(record).name}.`);
      }
    }
  }
}

function grouped(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row[0], [...(groups.get(row[0]) ?? []), row]);
  return groups;
}

module.exports = { accessRows, outputs };
