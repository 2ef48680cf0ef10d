import { type ChildProcess, fork } from 'node:child_process';
import { DataError } from '../data-error';
import { errorOf } from './job-failure';
import type { FromJob } from './job-messages';

export interface RunJobOptions<Progress> {
  /** Script that calls `serveJob`. */
  readonly script: string;
  /** Anything that structured clone takes. */
  readonly input: unknown;
  readonly onProgress?: (value: Progress) => void;
  /** Kills the child. */
  readonly signal?: AbortSignal;
  /** V8's heap in the child, MiB; 256 by default. */
  readonly heapMb?: number;
  /** Options of Node for the child, besides the heap's; those of this process by default. */
  readonly nodeArgs?: readonly string[];
  readonly onLog?: (line: string) => void;
}

/**
 * Runs one job in a child process that ends with it: what it needs of memory is given back whole, and what kills it
 * (memory, a native crash, the operator) does not kill the caller.
 *
 * Throws what the job threw, of the same class; CHILD_JOB_DIED (retriable) when the child ended without an answer.
 */
export async function runJob<Result, Progress = never>(options: RunJobOptions<Progress>): Promise<Result> {
  const child = fork(options.script, [], {
    serialization: 'advanced',
    execArgv: [...(options.nodeArgs ?? process.execArgv), `--max-old-space-size=${options.heapMb ?? 256}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const kill = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', kill, { once: true });
  if (options.signal?.aborted) kill();
  try {
    return (await answerOf(child, options)) as Result;
  } finally {
    options.signal?.removeEventListener('abort', kill);
    kill();
  }
}

function answerOf<Progress>(child: ChildProcess, options: RunJobOptions<Progress>): Promise<unknown> {
  let lastWords = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-2_000);
      if (options.onLog) for (const line of text.split('\n')) if (line !== '') options.onLog(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromJob) => {
      if (message.type === 'progress') options.onProgress?.(message.value as Progress);
      else if (message.type === 'done') resolve(message.result);
      else reject(errorOf(message.error));
    });
    child.once('error', (cause) => reject(died(`could not start: ${cause.message}`, options)));
    child.once('close', (code, signal) => {
      // The channel may still hold the answer of a child that is gone already.
      const end = () =>
        setImmediate(() => reject(died(`ended (${signal ?? code}) without an answer. ${lastWords}`, options)));
      if (child.connected) child.once('disconnect', end);
      else end();
    });
    child.send({ type: 'start', input: options.input }, (error) => {
      if (error) reject(died(`took no input: ${error.message}`, options));
    });
  });
}

const died = (how: string, options: { script: string }) =>
  new DataError('CHILD_JOB_DIED', `The child process ${options.script} ${how.trim()}`);
