import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc64Avro, fingerprints } from './fingerprint';
import { parseSchema } from './parse-schema';
import { canonicalForm } from './schema-text';

/** Avro's own test vectors (share/test/data/schema-tests.txt of the Apache Avro project, Apache License 2.0). */
function vectors() {
  const text = readFileSync(path.join(__dirname, 'fixtures', 'schema-tests.txt'), 'utf8');
  const cases: { input: string; canonical: string; fingerprint: bigint | null }[] = [];
  for (const block of text.split(/\n\/\/ \d{3}\n/).slice(1)) {
    const input = /^<<INPUT\n([\s\S]*?)\nINPUT$/m.exec(block)?.[1] ?? /^<<INPUT (.*)$/m.exec(block)?.[1];
    const canonical = /^<<canonical (.*)$/m.exec(block)?.[1];
    const fingerprint = /^<<fingerprint (-?\d+)$/m.exec(block)?.[1];
    if (!input || !canonical) throw new Error(`unreadable vector: ${block}`);
    cases.push({ input, canonical, fingerprint: fingerprint === undefined ? null : BigInt(fingerprint) });
  }
  return cases;
}

describe('messaging/avro/fingerprint', () => {
  it('reads all 34 vectors of the Avro project', () => expect(vectors()).toHaveLength(34));

  it.each(vectors())('$input', ({ input, canonical, fingerprint }) => {
    const schema = parseSchema(input);
    expect(canonicalForm(schema.root)).toBe(canonical);
    if (fingerprint !== null) expect(BigInt.asIntN(64, fingerprints(schema).crc64)).toBe(fingerprint);
  });

  it('starts from the published empty fingerprint', () => expect(crc64Avro(Buffer.alloc(0))).toBe(0xc15d213aa4d7a795n));

  it('ignores what decoding does not need', () => {
    const plain = parseSchema({ type: 'record', name: 'R', fields: [{ name: 'f', type: 'int' }] });
    const rich = parseSchema({
      type: 'record',
      name: 'R',
      doc: 'about',
      fields: [{ name: 'f', type: { type: 'int', logicalType: 'date' }, default: 1, doc: 'when' }],
    });
    expect(fingerprints(rich)).toEqual(fingerprints(plain));
    expect(rich.text).not.toBe(plain.text);
  });
});
