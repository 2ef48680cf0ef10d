import { placeOf } from './show-verify';

describe('cli > audit > placeOf', () => {
  const at = { topic: 'registry.releases.v1', partition: 2 };

  it('names one record where the heads leave no other, and otherwise says that it lies between', () => {
    expect(placeOf({ code: 'LEDGER_RECORDS_DIFFER', position: { ...at, from: 7, to: 8 } })).toBe(
      'registry.releases.v1/2\nat 7',
    );
    expect(placeOf({ code: 'LEDGER_RECORDS_DIFFER', position: { ...at, from: 7, to: 40 } })).toBe(
      'registry.releases.v1/2\nbetween 7 and 39',
    );
  });

  it('says that it is the head where no record is in question', () => {
    expect(placeOf({ code: 'LEDGER_HEAD_REFUSED' })).toBe('none: the head itself');
  });

  it('calls what was trimmed early gone, not altered', () => {
    const position = { ...at, from: 0, to: 40 };
    expect(placeOf({ code: 'LEDGER_TRIMMED_EARLY', position })).toBe('registry.releases.v1/2\ngone before 40');
  });
});
