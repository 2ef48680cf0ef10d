import fs from 'node:fs';
import path from 'node:path';
import {
  allTopics,
  avroOf,
  EXAMPLE_ENDPOINT,
  EXAMPLE_SIGNATURE,
  endpointTopics,
  isReservedField,
  isReservedWord,
  labelledRecord,
  outcomeRecord,
  type RecordSchema,
  requestRecord,
  responseRecord,
  sourceTopics,
  subjectOf,
} from '@millrace/contracts';
import {
  AvroCodec,
  type AvroNode,
  checkLevel,
  isNamed,
  namespaceOf,
  parseSchema,
  simpleName,
} from '@millrace/messaging';
import { fromGoldenJson } from './parts/golden-json.cjs';
import { nextHistory, travellingRecords } from './parts/schemas.cjs';

const CONTRACTS = path.resolve(__dirname, '..', '..', 'libs', 'contracts');
const contracts = {
  allTopics,
  EXAMPLE_ENDPOINT,
  EXAMPLE_SIGNATURE,
  requestRecord,
  responseRecord,
  outcomeRecord,
  labelledRecord,
};
const records: RecordSchema<unknown>[] = travellingRecords(contracts);
const named = records.map((record) => [record.fullName, record] as const);
const parsed = (record: RecordSchema<unknown>) => parseSchema(JSON.stringify(avroOf(record)));

/** Committed versions, oldest first. */
function historyOf(fullName: string): string[] {
  const folder = path.join(CONTRACTS, 'schemas', fullName);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files
    .map((file) => Number(/^v(\d+)\.avsc$/.exec(file)?.[1]))
    .sort((a, b) => a - b)
    .map((version) => fs.readFileSync(path.join(folder, `v${version}.avsc`), 'utf8'));
}

describe('generate/schemas', () => {
  it('knows all records that travel', () => {
    expect(records.length).toBeGreaterThan(40);
  });

  describe.each(named)('%s', (fullName, record) => {
    const history = historyOf(fullName);

    it('is the newest committed version', () => {
      expect(history.at(-1)).toBe(`${JSON.stringify(avroOf(record), null, 2)}\n`);
    });

    it('can be read by, and reads, every earlier version', () => {
      const versions = history.map((text, index) => ({ version: index + 1, schema: parseSchema(text) }));
      for (const [index, { schema }] of versions.entries())
        expect(checkLevel('FULL_TRANSITIVE', schema, versions.slice(0, index))).toEqual([]);
    });

    it('still reads the golden bytes of every version, with its own schema and with that of today', () => {
      for (const [index, text] of history.entries()) {
        const base = path.join(CONTRACTS, 'golden', `${fullName}.v${index + 1}`);
        const bytes = fs.readFileSync(`${base}.bin`);
        const value = fromGoldenJson(fs.readFileSync(`${base}.json`, 'utf8'));
        const writer = parseSchema(text);
        expect(AvroCodec.of(writer).decode(bytes)).toEqual(value);
        expect(AvroCodec.of(writer).encode(value).equals(bytes)).toBe(true);
        expect(AvroCodec.of(parsed(record)).decoderOf(writer).decode(bytes)).toBeDefined();
      }
    });
  });

  it('takes a field with a default as a new version and refuses one without', () => {
    const v = (fields: object[]) => JSON.stringify({ type: 'record', name: 'a.B', fields });
    const v1 = v([{ name: 'n', type: 'int' }]);
    const good = v([
      { name: 'n', type: 'int' },
      { name: 'm', type: 'int', default: 0 },
    ]);
    const bad = v([
      { name: 'n', type: 'int' },
      { name: 'm', type: 'int' },
    ]);
    const tools = { parseSchema, checkLevel };
    expect(nextHistory('a.B', [v1], v1, tools)).toEqual([v1]);
    expect(nextHistory('a.B', [v1], good, tools)).toEqual([v1, good]);
    expect(() => nextHistory('a.B', [v1], bad, tools)).toThrow(/no longer be read/);
  });
});

describe('generate/names', () => {
  const named = new Map<string, AvroNode>();
  const fields: { record: string; field: string; doc?: string }[] = [];
  const visit = (node: AvroNode): void => {
    if (isNamed(node)) {
      if (named.has(node.name)) return;
      named.set(node.name, node);
    }
    if (node.kind === 'record') {
      for (const field of node.fields) {
        fields.push({ record: node.name, field: field.name, ...(field.doc ? { doc: field.doc } : {}) });
        visit(field.type);
      }
    } else if (node.kind === 'union') node.branches.forEach(visit);
    else if (node.kind === 'array') visit(node.items);
    else if (node.kind === 'map') visit(node.values);
  };
  for (const record of records) visit(parsed(record).root);

  it('are unique: topics, subjects, and record types even without their namespace', () => {
    const topics = [...allTopics, ...Object.values(sourceTopics('s')), ...Object.values(endpointTopics('e'))];
    expect(new Set(topics.map((topic) => topic.name)).size).toBe(topics.length);
    const subjects = allTopics.flatMap((topic) => topic.records.map((record) => subjectOf(topic, record)));
    expect(new Set(subjects).size).toBe(subjects.length);
    const simple = records.map((record) => simpleName(record.fullName));
    expect(new Set(simple).size).toBe(simple.length);
  });

  it('make good classes in Java and Python', () => {
    for (const name of named.keys()) {
      expect(simpleName(name)).toMatch(/^[A-Z][A-Za-z0-9]+$/);
      for (const part of namespaceOf(name).split('.')) {
        expect(part).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(isReservedWord(part)).toBe(false);
      }
    }
    for (const { record, field } of fields) {
      expect(`${record}.${field}`).toMatch(/\.[a-z][A-Za-z0-9_]*$/);
      expect(isReservedField(field)).toBe(false);
    }
  });

  it('are explained: every record and every field has a doc', () => {
    expect(fields.filter(({ doc }) => !doc).map(({ record, field }) => `${record}.${field}`)).toEqual([]);
    for (const record of records) expect(record.doc).toMatch(/\S{3}/);
  });

  it('keep the names of the ONNX graph as a property', () => {
    const schema = JSON.stringify(avroOf(requestRecord(EXAMPLE_ENDPOINT, 1, EXAMPLE_SIGNATURE)));
    expect(schema).toContain('"name":"taxi_minutes"');
    expect(schema).toContain('"onnxName":"taxi-minutes"');
  });
});
