// docs/generated/topics.md: every topic that there is, from the catalogue.
const { code, page, table } = require('./markdown.cjs');

const INTRO = `Every topic of Millrace, from the catalogue in \`libs/contracts/src/topics\`. \`MILLRACE_PREFIX\` stands before each name. Topics are never
deleted, names never reused, partitions only grow. Control topics carry several record types, each under the subject \`<topic>-<record>\`; topics that
outsiders read and write carry one type under \`<topic>-value\`. All subjects are FULL_TRANSITIVE.`;

const HEAD = ['topic', 'class', 'owner', 'writers', 'key', 'record types', 'partitions', 'kept', 'purpose'];

function outputs() {
  const { allTopics, sourceTopics, endpointTopics } = require('@millrace/contracts');
  const row = (topic) => [
    code(topic.name),
    topic.class,
    topic.owner,
    topic.writers.join(', '),
    topic.key,
    topic.records.length > 0
      ? topic.records.map((record) => code(shortName(record.fullName))).join(', ')
      : 'its own type',
    topic.partitions,
    kept(topic.retentionMs),
    topic.purpose,
  ];
  const blocks = [
    '## Of the platform',
    table(HEAD, allTopics.map(row)),
    '## Of a source, made when it is registered',
    table(HEAD, Object.values(sourceTopics('<source>')).map(row)),
    '## Of an endpoint, made when it is created',
    table(HEAD, Object.values(endpointTopics('<endpoint>', '<major>')).map(row)),
    'The schema registry keeps its state in `_schemas` (compacted, one partition), which it makes itself.',
  ];
  return [{ file: 'docs/generated/topics.md', content: page('Topics', INTRO, blocks) }];
}

/** Record names are unique without their namespace (a spec sees to it). */
const shortName = (fullName) => fullName.slice(fullName.lastIndexOf('.') + 1);

function kept(retentionMs) {
  return retentionMs === null ? 'for ever' : `${retentionMs / 86_400_000} d`;
}

module.exports = { outputs };
