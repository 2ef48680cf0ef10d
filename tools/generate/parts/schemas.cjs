// The committed history of every record that travels, and one golden datum a version:
//
//   libs/contracts/schemas/<full name>/v<n>.avsc      never changed once it is there; a changed record becomes v<n+1>
//   libs/contracts/golden/<full name>.v<n>.bin, .json  bytes of one datum, and the value they stand for
//
// A new version must be FULL_TRANSITIVE with all earlier ones, as the schema registry demands as well: this finds it first.
const fs = require('node:fs');
const path = require('node:path');
const { toGoldenJson } = require('./golden-json.cjs');

const SCHEMAS = 'libs/contracts/schemas';
const GOLDEN = 'libs/contracts/golden';

/** Records of the static topics, and those of the example endpoint, which stand for the ones made at run time. */
function travellingRecords(contracts) {
  const {
    allTopics,
    EXAMPLE_ENDPOINT,
    EXAMPLE_SIGNATURE,
    requestRecord,
    responseRecord,
    outcomeRecord,
    labelledRecord,
  } = contracts;
  const records = [
    ...allTopics.flatMap((topic) => topic.records),
    requestRecord(EXAMPLE_ENDPOINT, 1, EXAMPLE_SIGNATURE),
    responseRecord(EXAMPLE_ENDPOINT, 1, EXAMPLE_SIGNATURE),
    outcomeRecord(EXAMPLE_ENDPOINT, 1),
    labelledRecord(EXAMPLE_ENDPOINT, 1, EXAMPLE_SIGNATURE),
  ];
  return [...new Map(records.map((record) => [record.fullName, record])).values()].sort((a, b) =>
    a.fullName < b.fullName ? -1 : 1,
  );
}

function outputs(root) {
  const contracts = require('@millrace/contracts');
  const messaging = require('@millrace/messaging');
  return travellingRecords(contracts).flatMap((record) => outputsOf(record, root, contracts, messaging));
}

function outputsOf(record, root, { avroOf, sampleOf }, messaging) {
  const text = `${JSON.stringify(avroOf(record), null, 2)}\n`;
  const history = readHistory(root, record.fullName);
  const versions = nextHistory(record.fullName, history, text, messaging);
  const current = versions.length;
  const base = `${GOLDEN}/${record.fullName}.v${current}`;
  const schemas = versions.map((content, index) => ({ file: schemaFile(record.fullName, index + 1), content }));
  // Golden bytes are made once: they show that what was written then is still read, so nothing makes them anew.
  if (fs.existsSync(path.join(root, `${base}.bin`))) return schemas;
  const value = sampleOf(record);
  const bytes = messaging.AvroCodec.of(messaging.parseSchema(text)).encode(value);
  return [...schemas, { file: `${base}.json`, content: toGoldenJson(value) }, { file: `${base}.bin`, content: bytes }];
}

const schemaFile = (fullName, version) => `${SCHEMAS}/${fullName}/v${version}.avsc`;

/** @returns {string[]} texts of v1, v2 ... */
function readHistory(root, fullName) {
  const texts = [];
  for (;;) {
    const file = path.join(root, schemaFile(fullName, texts.length + 1));
    if (!fs.existsSync(file)) return texts;
    texts.push(fs.readFileSync(file, 'utf8'));
  }
}

/** The history with the schema of today at its end. Pure. */
function nextHistory(fullName, history, text, { parseSchema, checkLevel }) {
  if (history.at(-1) === text) return history;
  const earlier = history.map((one, index) => ({ version: index + 1, schema: parseSchema(one) }));
  const problems = checkLevel('FULL_TRANSITIVE', parseSchema(text), earlier);
  if (problems.length > 0) {
    throw new Error(
      `${fullName} can no longer be read by, or read, an earlier version:\n  ${problems.join('\n  ')}\nGive new fields a default and keep old ones, or make a new major topic beside the old.`,
    );
  }
  return [...history, text];
}

module.exports = { nextHistory, outputs, travellingRecords };
