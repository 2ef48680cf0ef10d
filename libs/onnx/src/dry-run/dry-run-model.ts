import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { AppError } from '@millrace/contracts';
import { DEFAULT_LIMITS } from '../gate/limits';
import type { ChildReport, DryRunReasonCode } from './child-report';

export interface DryRunOptions {
  /** From start to report; then SIGKILL, since neither a signal handler nor a worker's end stops native code. */
  readonly timeoutMs?: number;
  /** Address space of the child in bytes, of which Node itself reserves about 1 GiB; enforced where there is a POSIX shell. */
  readonly memoryBytes?: number;
}

const DEFAULTS = { timeoutMs: 5_000, memoryBytes: 2 * 1024 ** 3 };
const HEAP_MIB = 512;
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

/**
 * Judges a model in a child process that has little memory, little time, no environment and no channel but this one: the static
 * gate, then ONNX Runtime loads it and runs made-up rows. Whatever the file does, the caller gets a verdict.
 *
 * @throws AppError DRY_RUN_UNAVAILABLE when the child cannot be started: the platform is at fault, not the file.
 */
export async function dryRunModel(bytes: Uint8Array, options: DryRunOptions = {}): Promise<ChildReport> {
  if (bytes.length > DEFAULT_LIMITS.bytes) {
    const reason = `The file has ${bytes.length} bytes; ${DEFAULT_LIMITS.bytes} are allowed.`;
    return { accepted: false, reasonCode: 'MODEL_TOO_LARGE', reason };
  }
  const { timeoutMs, memoryBytes } = { ...DEFAULTS, ...options };
  const child = startChild(memoryBytes);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const { output, code, signal } = await converse(child, bytes);
    const report = parseReport(output);
    if (report) return report;
    if (timedOut) return refusal('DRY_RUN_TIMEOUT', `The model did not finish within ${timeoutMs} ms.`);
    return refusal('DRY_RUN_CRASHED', `The process that tried the model ended with ${signal ?? `code ${code}`}.`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

function startChild(memoryBytes: number): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${HEAP_MIB}`, childScript()];
  // No core files: they would hold the model. `exec` keeps the process id, so that the kill reaches Node itself.
  const limited = `ulimit -v ${Math.floor(memoryBytes / 1024)} && ulimit -c 0 && exec "$@"`;
  const [command, ...args] = process.platform === 'win32' ? node : ['/bin/sh', '-c', limited, 'sh', ...node];
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: sep, windowsHide: true });
}

/** The compiled child; also when this file runs uncompiled, as in unit tests. */
function childScript(): string {
  const script = __filename.endsWith('.ts')
    ? join(__dirname, '../../dist/dry-run/child.js')
    : join(__dirname, 'child.js');
  if (!existsSync(script)) throw unavailable(`${script} is missing; build the workspace`, null);
  return script;
}

interface Ending {
  readonly output: Buffer;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function converse(child: ChildProcess, bytes: Uint8Array): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_REPORT_BYTES) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    child.once('error', (cause) => reject(unavailable('the process cannot be started', cause)));
    child.once('close', (code, signal) => resolve({ output: Buffer.concat(chunks), code, signal }));
    // A child that dies while it reads breaks the pipe; its end says more than that.
    child.stdin?.on('error', () => {});
    child.stdin?.end(bytes);
  });
}

function parseReport(output: Buffer): ChildReport | null {
  try {
    const report = JSON.parse(output.toString('utf8')) as ChildReport;
    return typeof report.accepted === 'boolean' ? report : null;
  } catch {
    return null;
  }
}

function refusal(reasonCode: DryRunReasonCode, reason: string): ChildReport {
  return { accepted: false, reasonCode, reason };
}

function unavailable(why: string, cause: unknown): AppError {
  const message = `Models cannot be tried out: ${why}.`;
  return new AppError({ code: 'DRY_RUN_UNAVAILABLE', message, retriable: true, cause });
}
