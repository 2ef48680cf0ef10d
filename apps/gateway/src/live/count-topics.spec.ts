import { type EndpointCreated, endpointTopics } from '@millrace/contracts';
import { CountTopics } from './count-topics';

const topics = endpointTopics('e');
const made = {
  requestsTopic: topics.requests.name,
  responsesTopic: topics.responses.name,
  deadLettersTopic: topics.deadLetters.name,
  outcomesTopic: topics.outcomes.name,
} as EndpointCreated;

function counts(
  ends: Record<string, number[]>,
  committed: Record<string, number[]>,
  { exact = {}, starts = {} }: { exact?: Record<string, number>; starts?: Record<string, number[]> } = {},
) {
  const offsets = (list: number[] = []) =>
    Promise.resolve(new Map(list.map((offset, partition) => [partition, offset])));
  return new CountTopics(
    {
      endOffsets: (topic) => offsets(ends[topic]),
      startOffsets: (topic) => offsets(starts[topic]),
      committedOffsets: (group) => offsets(committed[group]),
    },
    { count: (topic) => Promise.resolve(exact[topic] ?? 0) },
  );
}

describe('gateway > live > CountTopics', () => {
  it('counts as responses what the lanes have committed, without the dead letters', async () => {
    const counted = await counts(
      { [made.requestsTopic]: [10, 20], [made.responsesTopic]: [19, 37] },
      { [`inference.${made.requestsTopic}`]: [10, 17] },
      { exact: { [made.deadLettersTopic]: 2 } },
    ).ofMajor(made);
    expect(counted).toMatchObject({ requests: 30, responses: 25, deadLetters: 2, lag: 3 });
    expect(counted.topics.map(({ records }) => records)).toEqual([30, 25, 2, 0]);
  });

  it('takes requests for waiting while no lane has committed anything', async () => {
    const counted = await counts(
      { [made.requestsTopic]: [10, 20] },
      { [`inference.${made.requestsTopic}`]: [-1, -1] },
    ).ofMajor(made);
    expect(counted).toMatchObject({ requests: 30, responses: 0, lag: 30 });
  });

  it('has no lag where the log was trimmed behind a group that never came', async () => {
    const counted = await counts(
      { [made.requestsTopic]: [10] },
      { [`inference.${made.requestsTopic}`]: [-1] },
      { starts: { [made.requestsTopic]: [10] } },
    ).ofMajor(made);
    expect(counted.lag).toBe(0);
  });

  it('splits the raw records done into accepted and quarantined', async () => {
    const counted = await counts(
      { 'data.s.records.v1': [100], 'data.s.accepted.v1': [104] },
      { 'ingestion.data.s.records.v1': [90] },
      { exact: { 'data.s.quarantine.v1': 7 } },
    ).ofSource('s');
    expect(counted.map(({ class: kind, records }) => [kind, records])).toEqual([
      ['raw records', 100],
      ['accepted records', 83],
      ['quarantine', 7],
    ]);
  });

  it('leaves empty dead letters of services out', async () => {
    const counted = await counts({ 'registry.dead-letters.v1': [3] }, {}).ofServices();
    expect(counted).toEqual([{ name: 'registry.dead-letters.v1', class: 'dead letters', records: 3 }]);
  });
});
