import fc from 'fast-check';
import { fieldNames } from './field-name';

describe('data > files > fieldNames', () => {
  it('keeps what is a name already', () => {
    expect(fieldNames(['date', 'Delay_2'])).toEqual(['date', 'Delay_2']);
  });

  it('replaces what Avro forbids', () => {
    expect(fieldNames([' zip code ', '1st', 'größe', 'a-b'])).toEqual(['zip_code', '_1st', 'gr__e', 'a_b']);
  });

  it('names what has no name and keeps twins apart', () => {
    expect(fieldNames(['', 'a b', 'a-b', 'a_b_2', '???'])).toEqual(['column_1', 'a_b', 'a_b_2', 'a_b_2_2', 'column_5']);
  });

  it('always gives distinct Avro names', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 30 }), (columns) => {
        const names = fieldNames(columns);
        expect(new Set(names).size).toBe(columns.length);
        for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
      }),
    );
  });
});
