import { tabularFields } from './tabular-schema';

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', namespace: 'a.b', fields });
const only = (field: object) => tabularFields(record({ name: 'f', ...field }))[0];

describe('data > schema > tabularFields', () => {
  it.each([
    ['int', 'int'],
    [{ type: 'string' }, 'string'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'timestamp-millis'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 'timestamp-micros'],
    [{ type: 'int', logicalType: 'date' }, 'date'],
    [{ type: 'int', logicalType: 'timestamp-millis' }, 'int'],
    [{ type: 'fixed', name: 'F', size: 2 }, 'bytes'],
    [{ type: 'array', items: 'int' }, 'nested'],
    [['null', 'int', 'string'], 'nested'],
    [['int', 'null'], 'int'],
  ])('reads %j as %s', (type, expected) => {
    expect(only({ type })?.type).toBe(expected);
  });

  it('knows what may be null and what may be left out', () => {
    expect(only({ type: ['null', 'int'], default: null })).toMatchObject({ nullable: true, optional: true });
    expect(only({ type: 'int', default: 3 })).toMatchObject({ nullable: false, optional: true });
    expect(only({ type: 'int' })).toMatchObject({ nullable: false, optional: false });
  });

  it('follows names, short and full', () => {
    const colour = { type: 'enum', name: 'Colour', symbols: ['RED', 'BLUE'] };
    const fields = tabularFields(
      record({ name: 'x', type: colour }, { name: 'y', type: 'Colour' }, { name: 'z', type: ['null', 'a.b.Colour'] }),
    );
    expect(fields.map((field) => [field.type, field.symbols])).toEqual(Array(3).fill(['enum', ['RED', 'BLUE']]));
  });

  it.each(['{', '"string"', '{"type":"array","items":"int"}', 'null'])('refuses %s', (schema) => {
    expect(() => tabularFields(schema)).toThrow(expect.objectContaining({ code: 'DATA_SCHEMA_UNUSABLE' }));
  });
});
