import { describeSchema } from './describe-schema';

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });

describe('ingestion > adapters > describeSchema', () => {
  it('gives the columns and the text that registries keep', () => {
    const schema = describeSchema(
      record(
        { type: { logicalType: 'timestamp-millis', type: 'long' }, name: 'at' },
        { name: 's', type: ['null', 'string'] },
      ),
    );
    expect(schema).toEqual({
      columns: [
        { name: 'at', kind: 'time', type: 'timestamp-millis', nullable: false },
        { name: 's', kind: 'text', type: 'string', nullable: true },
      ],
      text: expect.stringContaining('"name":"R"'),
    });
  });

  it.each([
    ['no JSON', '{'],
    ['no record', '"string"'],
    ['an unknown type', record({ name: 'x', type: 'strnig' })],
    ['a decimal', record({ name: 'x', type: { type: 'bytes', logicalType: 'decimal', precision: 4 } })],
    ['a bomb', record(...Array.from({ length: 600 }, (_, n) => ({ name: `f${n}`, type: 'int' })))],
  ])('says what is wrong with %s', (_, text) => {
    expect(describeSchema(text)).toEqual({ problem: expect.stringMatching(/.{10}/) });
  });
});
