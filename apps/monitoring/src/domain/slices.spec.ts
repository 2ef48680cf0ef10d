import { aLineage, aPlan, aProfile } from './domain-fixtures';
import { noReference, referenceOf } from './reference';
import { declaredSlices, Slicer, Slicers } from './slices';

describe('monitoring > slices', () => {
  it('reads what is declared', () => {
    expect(declaredSlices('')).toEqual(new Map());
    expect(declaredSlices(' a: x, y ; b:z;')).toEqual(
      new Map([
        ['a', ['x', 'y']],
        ['b', ['z']],
      ]),
    );
    for (const wrong of ['a', 'a:', ':x', 'a: x,,y', 'a: x: y']) expect(declaredSlices(wrong)).toBeNull();
  });

  it('gives each of the most frequent values a slice, and all others one', () => {
    const slicer = new Slicer(referenceOf(aLineage()), ['origin']);
    const valuesOf = (origin: unknown) => slicer.of({ origin }).map(({ value }) => value);
    expect(valuesOf('SFO')).toEqual(['SFO']);
    expect(valuesOf('JFK')).toEqual(['*']);
    expect(valuesOf(null)).toEqual([]);
  });

  it('keeps twenty values at most, and none that a table could not keep', () => {
    const values = [
      { value: 'a\u0000', count: 99 },
      { value: 'b'.repeat(201), count: 98 },
    ];
    const many = Array.from({ length: 40 }, (_, index) => ({ value: `v${index}`, count: 50 - index }));
    const columns = aProfile.columns.map((column) =>
      column.name === 'from' ? { ...column, top: [...values, ...many] } : column,
    );
    const reference = referenceOf(aLineage({ profile: { digest: 'x', content: { ...aProfile, columns } } }));
    const slicer = new Slicer(reference, ['origin']);
    const found = [...values, ...many].map(({ value }) => slicer.of({ origin: value })[0]?.value);
    expect(found.filter((value) => value !== '*')).toHaveLength(18);
    expect(found.slice(0, 2)).toEqual(['*', '*']);
  });

  it('slices the rows of each version by what that version has seen', () => {
    const columns = aProfile.columns.map((column) =>
      column.name === 'from' ? { ...column, top: [{ value: 'JFK', count: 9 }] } : column,
    );
    const earlier = referenceOf(aLineage());
    const later = referenceOf(aLineage({ profile: { digest: 'y', content: { ...aProfile, columns } } }));
    const slicers = new Slicers(['origin']);
    const sliceIn = (reference: typeof earlier) => slicers.of(reference, { origin: 'JFK' })[0]?.value;
    expect([earlier, later, earlier].map(sliceIn)).toEqual(['*', 'JFK', '*']);
  });

  it('slices by no number and by nothing unknown', () => {
    const reference = referenceOf(aLineage({ plan: aPlan }));
    expect(new Slicer(reference, ['distance', 'nothing']).of({ distance: 1, nothing: 2 })).toEqual([]);
    expect(new Slicer(noReference, ['origin']).of({ origin: 'SFO' })).toEqual([]);
  });
});
