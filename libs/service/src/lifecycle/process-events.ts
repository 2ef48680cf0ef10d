import type { Logger } from '@millrace/contracts';

/** Why a process is asked to stop. */
export type StopCause = 'SIGTERM' | 'SIGINT' | 'the parent process is gone';

/** Calls back once, whoever asks first. A second request changes nothing: the first one is being heeded. */
export function onStopRequest(stop: (cause: StopCause) => void): void {
  let asked = false;
  const ask = (cause: StopCause) => {
    if (asked) return;
    asked = true;
    stop(cause);
  };
  process.on('SIGTERM', () => ask('SIGTERM'));
  process.on('SIGINT', () => ask('SIGINT'));
  // A supervisor holds an IPC channel: when it vanishes, even by SIGKILL, its services must not stay behind.
  if (process.connected) process.on('disconnect', () => ask('the parent process is gone'));
  // It takes the reading ends of our pipes with it; a line that nobody can read is no reason to die before the work is put away.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/**
 * After an error that nobody caught, the state of the process is unknown: it says what happened and ends, and its
 * supervisor starts it anew. Everything that it had accepted is in Kafka or the database.
 */
export function dieOnUncaughtErrors(logger: () => Logger): void {
  const die = (message: string) => (error: unknown) => {
    try {
      logger().error({ err: error instanceof Error ? error : new Error(String(error)) }, message);
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', die('An error was not caught; the process ends'));
  process.on('unhandledRejection', die('A promise was rejected and nobody cared; the process ends'));
}
