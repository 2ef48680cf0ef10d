import { AppError, expectationOf, type PredictionResponse } from '@millrace/contracts';
import { seededRandom } from '@millrace/testing';
import { ReplayModels } from './replay-models';
import { RouteBook } from './route-book';
import { armOf, releaseOf, replayed, type Spoken, ToyLane, toyPredict } from './toy-lane.fixture';

function bookOf(...revisions: Parameters<typeof releaseOf>[1][]): RouteBook {
  const book = new RouteBook();
  for (const [index, arms] of revisions.entries()) book.activated(releaseOf(index + 1, arms));
  return book;
}

/** Three batches of 4, 1 and 3 by two versions. */
function threeBatches(): { book: RouteBook; log: Spoken[] } {
  const book = bookOf([armOf(1)], [armOf(2)]);
  const lane = new ToyLane(book);
  lane.answer(1, [1, 2, 3, 4]);
  lane.answer(2, [5]);
  lane.answer(2, [6, 7, 8]);
  return { book, log: lane.log };
}

const altered = (log: readonly Spoken[], at: number, change: (one: Spoken) => void): Spoken[] => {
  const copy = structuredClone(log) as Spoken[];
  change(copy[at]!);
  return copy;
};
const batchOf = ({ response }: Spoken) => response.decision!.batch;

async function found(book: RouteBook, log: readonly Spoken[]): Promise<[number, string][]> {
  const { shown } = await replayed(book, log);
  return shown.map(({ offset, cause }) => [offset, cause]);
}

describe('cli > replay > ReplayLane', () => {
  it('finds nothing in a log that nobody touched', async () => {
    const { book, log } = threeBatches();
    const tally = await replayed(book, log);
    expect(tally).toMatchObject({
      responses: 8,
      differences: 0,
      trimmed: 0,
      batches: { count: 3, smallest: 1, largest: 4 },
    });
    expect([...tally.versions]).toEqual([
      ['toy:1', 4],
      ['toy:2', 4],
    ]);
  });

  it('finds nothing in logs of every shape: sizes, two arms at once, rejections, deadlines, bad outputs', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const below = (most: number) => Math.floor(random() * most);
      const book = bookOf([armOf(1)], [armOf(2, 'd2', 'a', 0.3), armOf(3, 'd3', 'b', 0.7)], [armOf(1)]);
      const lane = new ToyLane(book);
      for (let revision = 1; revision <= 3; revision++)
        for (let batch = 0; batch < 6; batch++) {
          const values = Array.from({ length: 1 + below(64) }, () => [13, 5_000, below(900), below(900)][below(4)]!);
          lane.answer(revision, values, below(5) === 0 ? { deadline: 1 } : {});
        }
      const tally = await replayed(book, lane.log);
      expect([seed, tally.shown, tally.responses]).toEqual([seed, [], lane.log.length]);
    }
  });

  it('judges requests by the expectations that their release checked, and by no others', async () => {
    const rules = [
      expectationOf({ id: 'small', kind: 'BETWEEN', column: 'x', max: 100 }),
      expectationOf({ id: 'even', kind: 'IN_SET', column: 'x', values: ['2', '4'], severity: 'WARNING' }),
    ];
    const bookWith = (first: typeof rules | null, second: typeof rules | null) => {
      const book = new RouteBook();
      for (const [index, checked] of [first, second].entries())
        book.activated(releaseOf(index + 1, [armOf(1)], checked));
      return book;
    };
    const checked = bookWith(rules, null);
    const lane = new ToyLane(checked);
    lane.answer(1, [2, 500, 3]);
    lane.answer(2, [2, 500, 3]);
    expect(lane.log.map(({ response }) => [response.status, response.reasonCode, response.warnings])).toEqual([
      ['PREDICTED', null, []],
      ['REJECTED', 'EXPECTATION_BROKEN:small', []],
      ['PREDICTED', null, ['EXPECTATION_BROKEN:even']],
      ['PREDICTED', null, []],
      ['PREDICTED', null, []],
      ['PREDICTED', null, []],
    ]);
    expect(await found(checked, lane.log)).toEqual([]);
    expect(await found(bookWith(rules.slice(0, 1), null), lane.log)).toEqual([[2, 'warnings-differ']]);
    expect((await found(bookWith(null, null), lane.log)).map(([offset]) => offset)).toContain(1);
    expect((await found(bookWith(rules, rules), lane.log)).map(([offset]) => offset)).toEqual([4, 5]);
  });

  it.each<[string, number, (one: Spoken) => void, [number, string][]]>([
    ['one feature', 2, ({ request }) => (request.features.x = 3.5), [[2, 'other-outputs']]],
    [
      'one output, by its last bit',
      6,
      ({ response }) => (response.outputs!.y = 14.002930641174316),
      [[6, 'other-outputs']],
    ],
    [
      'the digest of one response',
      1,
      ({ response }) => (response.decision!.modelDigest = 'd9'),
      [[1, 'decision-differs']],
    ],
    ['the version of one response', 4, ({ response }) => (response.decision!.version = 1), [[4, 'decision-differs']]],
    ['the model of one response', 4, ({ response }) => (response.decision!.model = 'other'), [[4, 'decision-differs']]],
    ['the arm of one response', 4, ({ response }) => (response.decision!.arm = 'other'), [[4, 'decision-differs']]],
    [
      'the share of the arm of one response',
      4,
      ({ response }) => (response.decision!.armProbability = 0.5),
      [[4, 'decision-differs']],
    ],
    ['the size of a batch in one response', 2, (one) => (batchOf(one).size = 3), [[2, 'batch-incomplete']]],
    ['the size of a batch in its first', 5, (one) => (batchOf(one).size = 2), [[5, 'batch-incomplete']]],
    ['the size of a batch of one', 4, (one) => (batchOf(one).size = 2), [[4, 'batch-incomplete']]],
    ['the place in a batch', 3, (one) => (batchOf(one).index = 2), [[3, 'batch-incomplete']]],
    ['the beginning of a batch in one response', 7, (one) => (batchOf(one).firstOffset = 4), [[7, 'batch-incomplete']]],
    ['a warning', 0, ({ response }) => response.warnings.push('OUT_OF_RANGE:x'), [[0, 'warnings-differ']]],
    ['the id of a request', 3, ({ request }) => (request.requestId = 'other'), [[3, 'request-differs']]],
    ['a deadline that had passed', 3, ({ request }) => (request.deadline = 999), [[3, 'status-differs']]],
    [
      'a feature that would have been rejected',
      6,
      ({ request }) => (request.features.x = 1e6),
      [[6, 'status-differs']],
    ],
    ['a status', 4, ({ response }) => (response.status = 'EXPIRED'), [[4, 'status-differs']]],
    ['a revision that is nowhere', 4, ({ response }) => (response.releaseRevision = 9), [[4, 'release-missing']]],
  ])('reports exactly the row where %s was altered', async (_, at, change, expected) => {
    const { book, log } = threeBatches();
    expect(await found(book, altered(log, at, change))).toEqual(expected);
  });

  it('reports exactly the rows of a batch that is said to have been two', async () => {
    const { book, log } = threeBatches();
    const split = structuredClone(log);
    split.slice(0, 4).forEach((one, index) => {
      one.response.decision!.batch = { firstOffset: index < 2 ? 0 : 2, index: index % 2, size: 2 };
    });
    expect(await found(book, split)).toEqual([0, 1, 2, 3].map((offset) => [offset, 'other-outputs']));
  });

  it('reports exactly the rows of a release whose digest is another, in fact and responses alike', async () => {
    const { log } = threeBatches();
    const book = bookOf([armOf(1)], [armOf(2, 'd7')]);
    const copy = structuredClone(log);
    for (const { response } of copy.slice(4)) response.decision!.modelDigest = 'd7';
    expect(await found(book, copy)).toEqual([4, 5, 6, 7].map((offset) => [offset, 'other-outputs']));
  });

  it('reports the rows beside a response that is gone', async () => {
    const { book, log } = threeBatches();
    const gone = log.filter((_, index) => index !== 6);
    expect((await found(book, gone)).map(([, cause]) => cause)).toEqual(['batch-incomplete', 'batch-incomplete']);
  });

  it('compares what another runtime said within 1e-6, and says so', async () => {
    const { book, log } = threeBatches();
    const elsewhere = (move: number) =>
      altered(log, 2, ({ response }) => {
        response.runtime = 'other';
        response.outputs!.y = (response.outputs!.y as number) + move;
      });
    const near = await replayed(book, elsewhere(9e-7));
    expect([near.differences, [...near.otherRuntimes]]).toEqual([0, [['other', 1]]]);
    expect(await found(book, elsewhere(5e-6))).toEqual([[2, 'other-outputs']]);
  });

  it('takes the first of two releases of one revision, as lanes do: the second is a repeat after a crash', async () => {
    const { book, log } = threeBatches();
    book.activated(releaseOf(2, [armOf(3)]));
    expect(await found(book, log)).toEqual([]);
  });

  it('tells failures by reason and does not compute them', async () => {
    const { book, log } = threeBatches();
    const failed = altered(log, 4, ({ response }) => {
      Object.assign(response, {
        status: 'FAILED',
        reasonCode: 'MODEL_QUARANTINED',
        outputs: null,
        decision: null,
      } satisfies Partial<PredictionResponse>);
    });
    const tally = await replayed(book, failed);
    expect([tally.differences, [...tally.notComputed]]).toEqual([0, [['FAILED/MODEL_QUARANTINED', 1]]]);
  });

  it('completes batches at the edges of a range with rows outside of it, and judges none of those', async () => {
    const { book, log } = threeBatches();
    const touched = altered(log, 1, ({ request }) => (request.features.x = 9));
    const tally = await replayed(book, touched, { from: 2, to: 6 });
    expect(tally).toMatchObject({ responses: 4, differences: 0 });
  });

  it('calls a batch trimmed whose beginning retention took, and no difference', async () => {
    const { book, log } = threeBatches();
    for (const trimmed of [{ firstRequest: 2 }, { firstResponse: 2 }])
      expect(await replayed(book, log, trimmed)).toMatchObject({ responses: 6, differences: 0, trimmed: 2 });
  });

  it('verifies a rejection without a release and of a retired endpoint', async () => {
    const { book, log } = threeBatches();
    const rejected = (reasonCode: string, revision: number) =>
      altered(log, 4, ({ response }) => {
        Object.assign(response, {
          status: 'REJECTED',
          reasonCode,
          releaseRevision: revision,
          outputs: null,
          decision: null,
        });
      });
    expect(await found(book, rejected('NO_RELEASE', 0))).toEqual([]);
    expect(await found(book, rejected('ENDPOINT_HALTED', 9))).toEqual([[4, 'release-missing']]);
    book.halted({ revision: 9 });
    expect(await found(book, rejected('ENDPOINT_HALTED', 9))).toEqual([]);
    expect(await found(book, rejected('ENDPOINT_HALTED', 2))).toEqual([[4, 'status-differs']]);
    expect(await found(book, rejected('ENDPOINT_RETIRED', 2))).toEqual([[4, 'status-differs']]);
    book.retired({ aggregateVersion: 2, occurredAt: 0, endpoint: 'toy', reason: '', by: 'ann' });
    expect(await found(book, rejected('ENDPOINT_RETIRED', 2))).toEqual([]);
  });

  it('holds no more than a window, whatever a response claims', async () => {
    const book = bookOf([armOf(1)]);
    const lane = new ToyLane(book);
    for (let batch = 0; batch < 600; batch++) lane.answer(1, [1, 2]);
    const lying = altered(lane.log, 0, (one) => (batchOf(one).size = 2 ** 40));
    expect(await found(book, lying)).toEqual([[0, 'batch-incomplete']]);
  });
});

describe('cli > replay > ReplayModels', () => {
  it.each([
    ['ARTIFACT_NOT_FOUND', 'digest-missing'],
    ['ARTIFACT_CORRUPT', 'artifact-tampered'],
  ])('turns %s into a cause', async (code, cause) => {
    const store = { get: () => Promise.reject(new AppError({ code, message: 'why', retriable: false })) };
    const models = new ReplayModels(store as never);
    expect(await models.predict(armOf(1), [{ x: 1 }])).toEqual({ cause, why: 'why' });
  });

  it('lets every response of a missing digest differ', async () => {
    const { book, log } = threeBatches();
    const tally = await replayed(book, log, {}, async (arm, rows) =>
      arm.version === 2 ? { cause: 'digest-missing', why: 'gone' } : toyPredict(arm, rows),
    );
    expect([...tally.causes]).toEqual([['digest-missing', 4]]);
  });
});
