import { type ChildProcess, spawn } from 'node:child_process';
import { sep } from 'node:path';
import { AppError } from '@millrace/contracts';

export interface Limits {
  /** From start to end; then SIGKILL, since neither a signal handler nor a worker's end stops native code. */
  readonly timeoutMs: number;
  /** Address space of the child in bytes, of which Node itself reserves about 1 GiB; enforced where there is a POSIX shell. */
  readonly memoryBytes: number;
}

export interface Ending {
  readonly output: Buffer;
  readonly timedOut: boolean;
  /** What ended it, for people: a signal or an exit code. */
  readonly how: string;
}

const HEAP_MIB = 512;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs a Node script that reads `input` and writes an answer, with little memory, little time, no environment and no other
 * channel. It always ends: by itself, or killed.
 *
 * @throws AppError DRY_RUN_UNAVAILABLE when no process can be started.
 */
export async function runLimited(script: string, input: Uint8Array, limits: Limits): Promise<Ending> {
  const child = startChild(script, limits.memoryBytes);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limits.timeoutMs);
  try {
    return { ...(await converse(child, input)), timedOut };
  } finally {
    clearTimeout(timer);
  }
}

function startChild(script: string, memoryBytes: number): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, script];
  // No core files: they would hold the model. `exec` keeps the process id, so that the kill reaches Node itself.
  const limited = `ulimit -v ${Math.floor(memoryBytes / 1024)} && ulimit -c 0 && exec "$@"`;
  const [command, ...args] = process.platform === 'win32' ? node : ['/bin/sh', '-c', limited, 'sh', ...node];
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: sep, windowsHide: true });
}

function converse(child: ChildProcess, input: Uint8Array): Promise<{ output: Buffer; how: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    child.once('error', (cause) => reject(unavailable('no process can be started', cause)));
    child.once('close', (code, signal) =>
      resolve({ output: Buffer.concat(chunks), how: signal ?? `exit code ${code}` }),
    );
    // A child that dies while it reads breaks the pipe; how it ended says more than that.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

export function unavailable(why: string, cause: unknown): AppError {
  const message = `Models cannot be tried out: ${why}.`;
  return new AppError({ code: 'DRY_RUN_UNAVAILABLE', message, retriable: true, cause });
}
