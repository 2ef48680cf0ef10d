import { join, resolve } from 'node:path';
import { InfrastructureError } from '@millrace/contracts';
import { type RunJobOptions, runJob } from './run-job';

const script = join(__dirname, 'echo.job.fixture.ts');
const nodeArgs = ['-r', resolve(__dirname, '../../../testing/register-typescript.cjs')];
const run = (input: object, options: Partial<RunJobOptions<number>> = {}) =>
  runJob<unknown, number>({ script, nodeArgs, input, ...options });

describe('data > child > runJob', () => {
  it('gives the result, whatever structured clone takes, after the progress', async () => {
    const seen: number[] = [];
    const value = { n: Number.NaN, big: 10n, list: new Float64Array([1, 2]), map: new Map([['a', null]]) };
    expect(await run({ do: 'echo', value }, { onProgress: (one) => seen.push(one) })).toEqual(value);
    expect(seen).toEqual([1, 2]);
  });

  it('throws what the job threw, of the same class', async () => {
    const away = run({ do: 'away' });
    await expect(away).rejects.toBeInstanceOf(InfrastructureError);
    await expect(away).rejects.toMatchObject({ code: 'KAFKA_AWAY', retriable: true, message: 'The broker is away.' });
    await expect(run({ do: 'throw' })).rejects.toMatchObject({ code: 'INTERNAL', retriable: false, message: 'a bug' });
  });

  it('says that the child died, by a signal or for want of memory', async () => {
    await expect(run({ do: 'die' })).rejects.toMatchObject({ code: 'CHILD_JOB_DIED', retriable: true });
    await expect(run({ do: 'heap' }, { heapMb: 64 })).rejects.toMatchObject({ code: 'CHILD_JOB_DIED' });
  });

  it('kills the child when told to', async () => {
    const stopping = new AbortController();
    const running = run({ do: 'hang' }, { signal: stopping.signal, onProgress: () => stopping.abort() });
    await expect(running).rejects.toMatchObject({ code: 'CHILD_JOB_DIED' });
  });

  it('says when there is no script', async () => {
    await expect(run({}, { script: join(__dirname, 'none.js') })).rejects.toMatchObject({ code: 'CHILD_JOB_DIED' });
  });
});
