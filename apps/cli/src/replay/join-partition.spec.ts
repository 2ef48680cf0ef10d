import { joinPartition } from './join-partition';
import type { PartitionRange } from './replay-range';
import { type ToyRecord, toyEndpoint, toyKafka, toyReaders, toyRequest, toyResponse } from './toy-topics.fixture';

const numbered = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** Joins ten requests, or those given, with their responses, which have a marker between every two. */
async function joined(
  responses: readonly ToyRecord[],
  requests: readonly ToyRecord[] = numbered(10, toyRequest),
  change: Partial<PartitionRange> = {},
  wantsMore = () => false,
) {
  const range: PartitionRange = {
    partition: 0,
    from: 0,
    to: 100,
    readFrom: 0,
    readTo: 100,
    firstResponse: 0,
    firstRequest: 0,
    end: 20,
    requestsEnd: 10,
    ...change,
  };
  const pairs: string[] = [];
  const differences: [number, string][] = [];
  let trimmed = 0;
  let progress = 0;
  await joinPartition({
    kafka: toyKafka({ requests, responses }),
    endpoint: toyEndpoint,
    range,
    readers: toyReaders,
    onJoined: ({ request, response, offset, inRange }) => {
      expect(request.requestId).toBe(response.requestId);
      pairs.push(`${request.requestId}@${offset}${inRange ? '' : ' outside'}`);
      return undefined;
    },
    onDifference: ({ cause, offset }) => differences.push([offset, cause]),
    onTrimmed: () => trimmed++,
    wantsMore,
    onProgress: (offsets) => {
      progress += offsets;
    },
  });
  return { pairs, differences, trimmed, progress };
}
const all = numbered(10, (n) => toyResponse(2 * n, n));

describe('cli > replay > joinPartition', () => {
  it('joins every response with its request, over markers and fetches', async () => {
    const found = await joined(all);
    expect(found).toEqual({ pairs: numbered(10, (n) => `q${n}@${2 * n}`), differences: [], trimmed: 0, progress: 100 });
  });

  it.each<[string, ToyRecord[], [number, string][], number]>([
    ['a response that is gone', all.filter((_, n) => n !== 4), [[4, 'response-missing']], 9],
    [
      'a response that is there twice',
      [...all.slice(0, 4), toyResponse(7, 3), ...all.slice(4)],
      [[7, 'response-doubled']],
      10,
    ],
    [
      'a response that does not decode',
      all.with(4, { offset: 8, value: '{' }),
      [
        [8, 'response-undecodable'],
        [4, 'response-missing'],
      ],
      9,
    ],
    [
      'a response beyond the log',
      all.with(4, toyResponse(8, 4_000)),
      [
        [8, 'request-missing'],
        [4, 'response-missing'],
      ],
      9,
    ],
  ])('tells of %s and goes on', async (_, responses, differences, pairs) => {
    const found = await joined(responses);
    expect([found.differences, found.pairs.length]).toEqual([differences, pairs]);
  });

  it('knows that a request which does not decode has a dead letter instead of a response', async () => {
    const requests = numbered(10, toyRequest).with(4, { offset: 4, value: 'garbage' });
    const found = await joined(
      all.filter((_, n) => n !== 4),
      requests,
    );
    expect([found.differences, found.pairs.length]).toEqual([[], 9]);
  });

  it('does not miss responses of requests that are not answered yet', async () => {
    expect((await joined(all.slice(0, 6))).differences).toEqual([]);
  });

  it('counts responses whose request retention took, and calls them no difference', async () => {
    const found = await joined(all, numbered(10, toyRequest).slice(3), { firstRequest: 3 });
    expect([found.trimmed, found.differences, found.pairs.length]).toEqual([3, [], 7]);
  });

  it('reads around a range only as far as batches need it', async () => {
    const range = { from: 6, to: 10, readFrom: 4, readTo: 100 };
    expect((await joined(all, undefined, range)).pairs).toEqual(['q2@4 outside', 'q3@6', 'q4@8']);
    let more = 2;
    const found = await joined(all, undefined, range, () => more-- > 0);
    expect(found.pairs.slice(3)).toEqual(['q5@10 outside', 'q6@12 outside']);
    expect(found.progress).toBe(4);
  });
});
