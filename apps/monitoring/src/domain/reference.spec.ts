import { signatureInput } from '@millrace/contracts';
import { checkProfile, type NumberWindowState, WindowAccumulator } from '@millrace/evaluation';
import fc from 'fast-check';
import { aColumn, aLineage, aPlan, aProfile, aVersion } from './domain-fixtures';
import { COLUMNS_MAX, noReference, referenceOf } from './reference';

describe('monitoring > reference', () => {
  it('takes what training has seen from the profile, by the column that a feature comes from', () => {
    const reference = referenceOf(aLineage());
    expect(reference.named).toEqual({
      kind: 'TRAINING_PROFILE',
      dataset: 'flights:1',
      profileDigest: 'f'.repeat(64),
      reason: null,
    });
    expect(reference.profile.columns).toMatchObject([
      { name: 'origin', categories: ['SFO', 'LAX'], counts: [60, 30], unseen: 5, missing: 5 },
      { name: 'distance', counts: [40, 30, 20], missing: 6, notANumber: 4 },
      { name: 'departure', role: 'FEATURE' },
      { name: 'probability', role: 'PREDICTION', counts: { length: 20 } },
    ]);
    const why = Object.fromEntries([...reference.columns.values()].map((one) => [one.column.name, one.notCompared]));
    expect(why).toEqual({
      origin: null,
      distance: null,
      departure: 'time goes on by itself',
      probability: 'training keeps no distribution of the outputs',
    });
    expect(() => checkProfile(reference.profile)).not.toThrow();
  });

  it('counts a value into the cell in which the profile has counted it, edges included', () => {
    const edges = fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(edges, fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(7), (given, other, pick) => {
        const sorted = given.map((edge) => edge + 0).sort((a, b) => a - b);
        const histogram = { edges: sorted, counts: new Array(sorted.length - 1).fill(1) };
        const columns = [aColumn('miles', { histogram })];
        const { profile } = referenceOf(aLineage({ profile: { digest: 'x', content: { ...aProfile, columns } } }));
        const value = pick < sorted.length ? (sorted[pick] as number) : other;
        const window = new WindowAccumulator(profile);
        window.add({ values: { FEATURE: { distance: value } }, status: 'PREDICTED' });
        const seen = window.state().columns[1] as NumberWindowState;
        const inside = value >= (sorted[0] as number) && value <= (sorted.at(-1) as number);
        expect(seen.below + seen.above).toBe(inside ? 0 : 1);
        // Bin 0 is [e0, e1], bin i is (ei, ei+1].
        const cell = Math.max(0, sorted.findIndex((edge) => value <= edge) - 1);
        if (inside) expect(seen.counts[cell]).toBe(1);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('falls back to the signature, and says why nothing is compared', () => {
    const imported = referenceOf({ version: aVersion(), plan: null, profile: null, without: 'it was imported' });
    expect(imported.named).toMatchObject({ kind: 'SIGNATURE', dataset: null, reason: 'it was imported' });
    expect(imported.profile.columns).toMatchObject([
      { name: 'origin', categories: ['SFO', 'LAX'], counts: [0, 0] },
      { name: 'distance', edges: { 0: 0, 20: 100 } },
      { name: 'departure', edges: [0, 0] },
      { name: 'probability', edges: { 0: 0, 20: 1 } },
    ]);
    expect(imported.columns.get('FEATURE departure')).toMatchObject({ ranged: false });
    expect(() => checkProfile(imported.profile)).not.toThrow();
    expect(imported.profile.id).not.toBe(referenceOf(aLineage()).profile.id);
  });

  it('takes ranges of one value and of no width, booleans and inputs of unknown categories', () => {
    const inputs = [
      signatureInput('one', { min: 3, max: 3 }),
      signatureInput('narrow', { min: 1, max: 1 + Number.EPSILON }),
      signatureInput('yes', { type: 'BOOL' }),
      signatureInput('any', { type: 'STRING' }),
    ];
    const { signature } = aVersion();
    const version = aVersion({ signature: { ...signature, inputs } });
    const { profile, columns } = referenceOf({ version, plan: null, profile: null, without: 'x' });
    expect(() => checkProfile(profile)).not.toThrow();
    expect(profile.columns[2]).toMatchObject({ categories: ['true', 'false'] });
    expect(columns.get('FEATURE any')?.ranged).toBe(false);
  });

  it('looks at predictions of a regression where the target was', () => {
    const plan = { ...aPlan, task: 'REGRESSION' as const };
    expect(referenceOf(aLineage({ plan })).profile.columns.at(-1)).toMatchObject({ edges: { 0: -10, 2: 50 } });
  });

  it('keeps windows small: no more than 300 columns, and says how many are left out', () => {
    const { signature } = aVersion();
    const inputs = Array.from({ length: 400 }, (_, index) => signatureInput(`f${index}`));
    const version = aVersion({ signature: { ...signature, inputs } });
    const reference = referenceOf({ version, plan: null, profile: null, without: 'x' });
    expect(reference.profile.columns).toHaveLength(COLUMNS_MAX);
    expect(reference.columnsLeftOut).toBe(101);
  });

  it('knows nothing of responses that no release has anything to do with', () => {
    expect(noReference.profile.columns).toEqual([]);
    expect(noReference.named.kind).toBe('NONE');
  });
});
