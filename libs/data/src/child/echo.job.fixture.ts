import { InfrastructureError } from '@millrace/contracts';
import { serveJob } from './serve-job';

/** A job for the specs of this folder: does what its input says. */
serveJob<{ do: string; value?: unknown }, unknown, number>(async ({ do: what, value }, { progress }) => {
  progress(1);
  progress(2);
  if (what === 'echo') return value;
  if (what === 'away') throw new InfrastructureError({ code: 'KAFKA_AWAY', message: 'The broker is away.' });
  if (what === 'throw') throw new TypeError('a bug');
  if (what === 'die') process.kill(process.pid, 'SIGKILL');
  if (what === 'heap') for (const all: unknown[] = []; ; ) all.push(new Array(1_000).fill(all.length));
  return new Promise(() => setInterval(() => undefined, 1_000));
});
