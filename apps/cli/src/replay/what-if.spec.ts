import type { EndpointCreated, PredictionResponse } from '@millrace/contracts';
import type { GatheredBatch } from './gather-batches';
import { armOf, requestOf, toyPredict } from './toy-lane.fixture';
import { WhatIf } from './what-if';

const created = (change: Partial<EndpointCreated['signature']> = {}) =>
  ({ endpoint: 'toy', signature: { ...armOf(1).signature, ...change } }) as EndpointCreated;

/** Rows that version 1 answered in one batch; the last one lies outside of the range. */
function batchOf(values: readonly number[]): GatheredBatch {
  const rows = values.map((value, index) => ({
    request: requestOf(index, value),
    key: null,
    response: { outputs: { y: value + values.length / 1_024 } } as unknown as PredictionResponse,
    partition: 0,
    offset: index,
    inRange: index < values.length - 1,
    judgement: { verdict: { kind: 'same' } as const, arm: null },
  }));
  return { arm: armOf(1), rows, state: 'whole' };
}

function asking(slice: string | null, threshold: number | null = null): WhatIf {
  const whatIf = new WhatIf(armOf(2), slice, threshold);
  whatIf.begin(created(), toyPredict);
  return whatIf;
}

describe('cli > replay > WhatIf', () => {
  it('compares what was said with what the version says to the same batch', async () => {
    const whatIf = asking(null, 3);
    await whatIf.ask(batchOf([1, 2, 4, 0]));
    expect(whatIf.total()).toMatchObject({ responses: 3, changed: 3, crossed: 1, unanswered: 0, largestMove: 4 });
    expect(whatIf.total().meanMove).toBeCloseTo(7 / 3, 12);
    expect(whatIf.bySlice()).toEqual([]);
  });

  it('counts requests that the version would have rejected or failed at', async () => {
    const whatIf = asking(null);
    await whatIf.ask(batchOf([5_000, 13, 1, 0]));
    expect(whatIf.total()).toMatchObject({ responses: 3, changed: 3, unanswered: 2, crossed: null });
  });

  it('keeps the largest move, wherever it came', async () => {
    const whatIf = asking(null);
    await whatIf.ask(batchOf([4, 1, 0]));
    expect(whatIf.total()).toMatchObject({ responses: 2, largestMove: 4 });
  });

  it('parts numbers into ten bins of what training saw', async () => {
    const whatIf = asking('x');
    await whatIf.ask(batchOf([-999, -801, 0, 999, 0]));
    expect(whatIf.bySlice().map(({ slice, responses }) => [slice, responses])).toEqual([
      ['-1000 to -800', 2],
      ['0 to 200', 1],
      ['800 to 1000', 1],
    ]);
  });

  it('refuses a version that could not have answered, and a feature that requests do not have', () => {
    const other = { ...armOf(1).signature, inputs: [] };
    expect(() => new WhatIf(armOf(2), null, null).begin(created(other), toyPredict)).toThrow('toy:2 needs x');
    expect(() => new WhatIf(armOf(2), null, null).begin(created({ outputs: [] }), toyPredict)).toThrow(
      'cannot be compared',
    );
    expect(() => new WhatIf(armOf(2), 'z', null).begin(created(), toyPredict)).toThrow('have no feature z');
  });
});
