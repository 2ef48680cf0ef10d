import type { EndpointCreated } from '@millrace/contracts';
import type { KafkaClient } from '@millrace/messaging';
import { boundOf, rangesOf } from './replay-range';

const ends = new Map([[0, 20_000]]);
const starts = new Map([[0, 100]]);
const admin = {
  endOffsets: async () => ends,
  startOffsets: async () => starts,
  offsetsForTime: async (_: string, time: number) => new Map(time < 50_000 ? [[0, time]] : []),
};
const kafka = { admin } as unknown as KafkaClient;
const endpoint = { responsesTopic: 'responses', requestsTopic: 'requests' } as EndpointCreated;

describe('cli > replay > range', () => {
  it.each([
    ['1200', { offset: 1_200 }],
    ['2026-11-01', { time: Date.UTC(2026, 10, 1) }],
    ['2026-11-01T12:00:00Z', { time: Date.UTC(2026, 10, 1, 12) }],
    ['2026-11-01T12:00:00.500+01:00', { time: Date.UTC(2026, 10, 1, 11, 0, 0, 500) }],
  ])('takes %s', (text, bound) => {
    expect(boundOf(text, '--from')).toEqual(bound);
  });

  it.each(['', 'bad', '-5', '1.5', '1e3', 'day 12', '5 bananas', '2026-13-01', '2026-11-01T25:00:00Z'])(
    'refuses "%s", which Date.parse may take for some moment',
    (text) => {
      expect(() => boundOf(text, '--from')).toThrow(/--from takes an offset .* neither/);
    },
  );

  it.each([
    [{ offset: 10 }, { offset: 5 }],
    [{ offset: 10 }, { offset: 10 }],
    [{ time: 2 }, { time: 1 }],
  ])('refuses a range from %j to %j, in which nothing can differ', async (from, to) => {
    await expect(rangesOf(kafka, endpoint, from, to)).rejects.toThrow('--to must lie behind --from');
  });

  it.each([
    ['all that is kept', null, null, [100, 20_000, 100, 20_000]],
    [
      'moments by the offsets that the broker has for them',
      { time: 9_000 },
      { time: 12_000 },
      [9_000, 12_000, 4_904, 16_096],
    ],
    ['up to the end where nothing is so young', { time: 9_000 }, { time: 60_000 }, [9_000, 20_000, 4_904, 20_000]],
    ['offsets within what is there', { offset: 3 }, { offset: 90_000 }, [100, 20_000, 100, 20_000]],
  ])('reads %s', async (_, from, to, [first, last, readFrom, readTo]) => {
    const [range] = await rangesOf(kafka, endpoint, from, to);
    expect(range).toMatchObject({ from: first, to: last, readFrom, readTo });
  });
});
