import type { SnapshotDataset } from '@millrace/contracts';
import { givenWhenThen } from '@millrace/testing';
import { evolveDataset, noDataset } from './dataset';
import { at, cut, made, registerFlights, schema, snapshotFlights } from './domain-fixtures';
import { registerSource } from './register-source';
import { rangesOf, refuseDataset, registerDataset, whyNotSnapshot } from './snapshot-dataset';
import { evolveSource, noSource, type Source } from './source';

const sourceOf = (change = {}): Source =>
  registerSource(noSource(), registerFlights(change), schema, made, at(0)).reduce(evolveSource, noSource());
const source = sourceOf();
const { given } = givenWhenThen({ initial: noDataset, evolve: evolveDataset });

describe('ingestion > domain > registerDataset', () => {
  it('registers what was cut under the next number', () => {
    const state = given()
      .when((dataset, version) => registerDataset(dataset, 3, snapshotFlights(), source, cut, at(version)))
      .thenMatch({
        type: 'DatasetRegistered',
        data: {
          aggregateVersion: 1,
          dataset: 'flights:3',
          number: 3,
          topic: made.acceptedTopic,
          schemaId: 7,
          requestedBy: 'ann',
          ...cut,
        },
      });
    expect(state).toEqual({ status: 'REGISTERED', source: 'flights', number: 3 });
  });

  it('a data set that is there stays as it is', () => {
    const [fact] = registerDataset(noDataset(), 1, snapshotFlights(), source, cut, at(0));
    if (!fact) throw new Error('not registered');
    given(fact)
      .when((dataset, version) => registerDataset(dataset, 1, snapshotFlights(), source, cut, at(version)))
      .thenNothing();
  });

  it('a refusal takes a version, and the number stays free', () => {
    const [refused] = refuseDataset(1, snapshotFlights(), { reasonCode: 'DATASET_EMPTY', reason: 'no' }, at(0));
    if (!refused) throw new Error('not refused');
    expect(refused).toMatchObject({ type: 'DatasetRefused', data: { dataset: 'flights:1', aggregateVersion: 1 } });
    given(refused)
      .when((dataset, version) => registerDataset(dataset, 1, snapshotFlights(), source, cut, at(version)))
      .thenMatch({ type: 'DatasetRegistered', data: { aggregateVersion: 2, number: 1 } });
  });
});

describe('ingestion > domain > whyNotSnapshot', () => {
  it.each<[string, Source, Partial<SnapshotDataset>, string]>([
    ['an unknown source', noSource(), {}, 'UNKNOWN_SOURCE'],
    ['a share of all', source, { holdOutFraction: 1 }, 'BAD_HOLD_OUT'],
    ['a negative share', source, { holdOutFraction: -0.1 }, 'BAD_HOLD_OUT'],
    ['a share that is no number', source, { holdOutFraction: Number.NaN }, 'BAD_HOLD_OUT'],
    ['a time for a source without one', sourceOf({ eventTimeField: null }), { holdOutFrom: 5 }, 'BAD_HOLD_OUT'],
    ['a negative offset', source, { upTo: [-1, 0] }, 'BAD_RANGE'],
  ])('refuses %s', (_, of, change, reasonCode) => {
    expect(whyNotSnapshot(of, snapshotFlights(change))).toMatchObject({ reasonCode });
  });

  it('allows a data set without a hold-out set', () => {
    expect(whyNotSnapshot(source, snapshotFlights({ holdOutFraction: 0 }))).toBeNull();
  });
});

describe('ingestion > domain > rangesOf', () => {
  const ends = { start: [0, 3], stable: [10, 20] };

  it('takes all that is final', () => {
    expect(rangesOf(snapshotFlights(), ends)).toEqual([
      { partition: 0, from: 0, to: 10 },
      { partition: 1, from: 3, to: 20 },
    ]);
  });

  it('takes what the command says', () => {
    expect(rangesOf(snapshotFlights({ upTo: [4, 3] }), ends)).toEqual([
      { partition: 0, from: 0, to: 4 },
      { partition: 1, from: 3, to: 3 },
    ]);
  });

  it.each([
    ['offsets that are not final yet', [11, 20]],
    ['offsets that were trimmed', [10, 2]],
    ['too few partitions', [10]],
    ['too many partitions', [10, 20, 0]],
  ])('refuses %s', (_, upTo) => {
    expect(rangesOf(snapshotFlights({ upTo }), ends)).toMatchObject({ reasonCode: 'BAD_RANGE' });
  });
});
