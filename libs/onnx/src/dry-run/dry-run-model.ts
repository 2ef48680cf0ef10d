import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../gate/limits';
import { type ChildReport, type DryRunReasonCode, READY } from './child-report';
import { type Limits, runLimited, unavailable } from './run-limited';

export type DryRunOptions = Partial<Limits>;

const DEFAULTS: Limits = { timeoutMs: 5_000, memoryBytes: 2 * 1024 ** 3 };

/**
 * Judges a model in a child process with limits: the static gate, then ONNX Runtime loads it and runs made-up rows. Whatever
 * the file does, the caller gets a verdict.
 *
 * @throws AppError DRY_RUN_UNAVAILABLE when the child cannot do its work: the platform is at fault, not the file.
 */
export async function dryRunModel(bytes: Uint8Array, options: DryRunOptions = {}): Promise<ChildReport> {
  if (bytes.length > DEFAULT_LIMITS.bytes) {
    const reason = `The file has ${bytes.length} bytes; ${DEFAULT_LIMITS.bytes} are allowed.`;
    return { accepted: false, reasonCode: 'MODEL_TOO_LARGE', reason };
  }
  const limits = { ...DEFAULTS, ...options };
  const { output, timedOut, how } = await runLimited(childScript(), bytes, limits);
  const ready = output.subarray(0, READY.length).equals(Buffer.from(READY));
  const report = ready ? parseReport(output.toString('utf8', READY.length)) : null;
  if (report) return report;
  if (timedOut) return refusal('DRY_RUN_TIMEOUT', `The model did not finish within ${limits.timeoutMs} ms.`);
  if (!ready) throw unavailable(`the process ended by ${how} before it was ready`, null);
  return refusal('DRY_RUN_CRASHED', `The process that tried the model ended by ${how}.`);
}

/** The compiled child; also when this file runs uncompiled, as in unit tests. */
function childScript(): string {
  const compiled = __filename.endsWith('.ts') ? join(__dirname, '../../dist/dry-run') : __dirname;
  const script = join(compiled, 'child.js');
  if (!existsSync(script)) throw unavailable(`${script} is missing; build the workspace`, null);
  return script;
}

function parseReport(text: string): ChildReport | null {
  try {
    const report = JSON.parse(text) as ChildReport;
    return typeof report.accepted === 'boolean' ? report : null;
  } catch {
    return null;
  }
}

function refusal(reasonCode: DryRunReasonCode, reason: string): ChildReport {
  return { accepted: false, reasonCode, reason };
}
