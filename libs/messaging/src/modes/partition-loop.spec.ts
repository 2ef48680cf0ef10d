import { silentLogger } from '@millrace/contracts';
import { eventually } from '@millrace/testing';
import type { ReaderOptions } from '../reader/partition-reader';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { FetchedPartition, KafkaClient } from './kafka-ports';
import { PartitionLoop, type PartitionWork } from './partition-loop';

/** A log of ten records, fetched two at a time from wherever the loop stands. */
function loopOver(change: Partial<PartitionWork>) {
  const asked: (number | 'start')[] = [];
  const troubles: (string | null)[] = [];
  let position = 0;
  let options: ReaderOptions = {};
  const go = (offset: number | 'start') => {
    asked.push(offset);
    position = offset === 'start' ? 0 : offset;
  };
  const reader = {
    assign: (_topic: string, _partition: number, offset: number | 'start') => go(offset),
    seek: (_topic: string, _partition: number, offset: number) => go(offset),
    fetch: async (): Promise<FetchedPartition[]> => {
      await new Promise(setImmediate);
      if (position >= 10) return [];
      const batch = { topic: 't', partition: 0, fetchOffset: position, nextOffset: position + 2, lastStableOffset: 10 };
      position += 2;
      return [batch as FetchedPartition];
    },
    close: async () => {},
  };
  const client = {
    partitionReader: (given: ReaderOptions) => {
      options = given;
      return reader;
    },
  } as unknown as KafkaClient;
  const watchdog = new ProgressWatchdog(() => 0);
  const loop = new PartitionLoop(
    client,
    { topic: 't', partition: 0 },
    { generation: 1, memberId: 'm' },
    {
      startAt: async () => 'start',
      work: async ({ nextOffset }) => nextOffset,
      onTrouble: (error) => troubles.push(error?.message ?? null),
      watchdog,
      logger: silentLogger,
      ...change,
    },
  );
  return { loop, asked, troubles, answer: () => options.onAnswer!('t', 0) };
}

describe('messaging > PartitionLoop', () => {
  it('works through the batches in order and asks for nothing twice', async () => {
    const worked: number[] = [];
    const { loop, asked } = loopOver({
      work: async ({ fetchOffset, nextOffset }) => {
        worked.push(fetchOffset);
        return nextOffset;
      },
    });
    await eventually(() => expect(worked).toEqual([0, 2, 4, 6, 8]));
    await loop.stop();
    expect(asked).toEqual(['start']);
  });

  it('works on a batch again after an error, and says what is wrong until it is over', async () => {
    const worked: number[] = [];
    let failing = 2;
    const { loop, asked, troubles, answer } = loopOver({
      work: async ({ fetchOffset, nextOffset }) => {
        worked.push(fetchOffset);
        if (fetchOffset === 4 && failing-- > 0) {
          answer();
          throw new Error('not now');
        }
        return nextOffset;
      },
    });
    await eventually(() => expect(worked.at(-1)).toBe(8));
    await loop.stop();
    expect(worked).toEqual([0, 2, 4, 4, 4, 6, 8]);
    expect(asked).toEqual(['start', 4, 4]);
    // An answer of the broker in between is no cure of the work.
    const first = troubles.indexOf('not now');
    expect(troubles.slice(first, first + 3)).toEqual(['not now', 'not now', null]);
  });

  it('goes on where the work says', async () => {
    const worked: number[] = [];
    const { loop, asked } = loopOver({
      work: async ({ fetchOffset, nextOffset }) => {
        worked.push(fetchOffset);
        return fetchOffset === 2 ? 8 : nextOffset;
      },
    });
    await eventually(() => expect(worked).toEqual([0, 2, 8]));
    await loop.stop();
    expect(asked).toEqual(['start', 8]);
  });

  it('asks again where to begin until it is told', async () => {
    let tries = 0;
    const { loop, asked, troubles } = loopOver({
      startAt: async () => {
        if (++tries < 3) throw new Error('the database is away');
        return 6;
      },
    });
    await eventually(() => expect(asked).toEqual([6]));
    await loop.stop();
    expect(troubles.slice(0, 3)).toEqual(['the database is away', 'the database is away', null]);
  });

  it('ends only after the work in hand', async () => {
    let finish = () => {};
    let aborted = false;
    const { loop } = loopOver({
      work: ({ nextOffset }, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          finish = () => resolve(nextOffset);
        }),
    });
    let ended = false;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stopping = loop.stop().then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([aborted, ended]).toEqual([true, false]);
    finish();
    await stopping;
    expect(ended).toBe(true);
  });
});
