import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RebuildLine, RebuildReport } from '@millrace/contracts';
import { CliError, EXIT } from '../terminal/cli-error';
import type { Platform } from './find-platform';

/** Knows the service's environment and database role; the command line knows neither. */
const STARTER = path.resolve(__dirname, '../../../../tools/supervisor/rebuild-service.cjs');

/**
 * Starts the service's own program in its mode `rebuild` and listens to it: no one but the service opens its tables.
 *
 * @param starter what is started with `<service> [--swap]`; specs give their own
 * @throws CliError with the program's reason
 */
export async function runRebuild(
  { home, prefix }: Pick<Platform, 'home' | 'prefix'>,
  service: string,
  swap: boolean,
  told: (step: string, done: number, total: number) => void,
  starter = STARTER,
): Promise<RebuildReport> {
  if (!home)
    throw new CliError(
      `A rebuild starts the service's own program, so it runs where npm start runs. Elsewhere, start it with that service's environment: node apps/${service}/dist/main.js rebuild`,
      EXIT.usage,
    );
  const env = { ...process.env, MILLRACE_HOME: home, MILLRACE_PREFIX: prefix };
  const args = [starter, service, ...(swap ? ['--swap'] : [])];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? EXIT.failed));
  });
  let report: RebuildReport | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = lineOf(text);
    if (line?.rebuild === 'progress') told(line.step, line.done, line.total);
    // After the report it says no more than the report: what could not be judged.
    if (line?.rebuild === 'failed' && report === null)
      throw new CliError(`${line.message} (${line.code})`, EXIT.failed, line.code);
    if (line?.rebuild === 'report') report = line.report;
  }
  const code = await ended;
  if (report) return report;
  throw new CliError(errors.join('').trim() || `The rebuild of ${service} ended with code ${code} and no report.`);
}

/** Lines of its log stand between those of the rebuild. */
function lineOf(text: string): RebuildLine | null {
  if (!text.startsWith('{"rebuild":')) return null;
  try {
    return JSON.parse(text) as RebuildLine;
  } catch {
    return null;
  }
}
