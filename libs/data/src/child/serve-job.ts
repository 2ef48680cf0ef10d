import { failureOf } from './job-failure';
import type { FromJob, ToJob } from './job-messages';

export interface JobContext<Progress> {
  progress(value: Progress): void;
  /** Aborted when the parent is gone. */
  readonly signal: AbortSignal;
}

/** The whole of a child process: takes one job, does it, answers and ends. */
export function serveJob<Input, Result, Progress = never>(
  work: (input: Input, context: JobContext<Progress>) => Promise<Result>,
): void {
  const stopping = new AbortController();
  const send = (message: FromJob) =>
    new Promise<void>((resolve) => {
      if (process.connected) process.send?.(message, () => resolve());
      else resolve();
    });
  // The channel is all that a job waits for: it keeps the process alive, whatever was preloaded has done to it.
  process.channel?.ref();
  process.once('disconnect', () => {
    stopping.abort();
    process.exit(1);
  });
  // Ctrl-C reaches the whole group; the parent decides when its jobs end.
  process.on('SIGINT', () => undefined);
  process.once('message', (message: ToJob) => {
    const context = { progress: (value: Progress) => void send({ type: 'progress', value }), signal: stopping.signal };
    work(message.input as Input, context)
      .then(
        (result): FromJob => ({ type: 'done', result }),
        (error): FromJob => ({ type: 'failed', error: failureOf(error) }),
      )
      .then(send)
      .then(() => process.exit(0));
  });
}
