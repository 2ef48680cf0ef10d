import { AppError, logTrimmed, type RebuildLine, verdictOn } from '@millrace/contracts';
import type { ServiceOptions } from '../service-options';
import type { SettingDefinitions } from '../settings/define-settings';
import { rebuildService } from './rebuild-service';

const EXIT = { equal: 0, failed: 1, differs: 3 } as const;
const PROGRESS_MS = 200;

/**
 * `node apps/<service>/dist/main.js rebuild [--swap]`: progress and report as lines of JSON among those of the log.
 *
 * @returns the exit code: 0 when every table is equal or was swapped, 3 when one differs, 1 when it failed or could not judge a table
 */
export async function runRebuild<D extends SettingDefinitions>(
  options: ServiceOptions<D>,
  args: readonly string[],
  stopping: AbortSignal,
): Promise<number> {
  try {
    const onWaiting = () => say({ rebuild: 'waiting', service: options.name });
    const request = { swap: args.includes('--swap'), told: progress(), onWaiting };
    const report = await rebuildService(options, request, { stopping });
    say({ rebuild: 'report', report });
    const untold = logTrimmed(report);
    if (untold) throw untold;
    const differs = report.tables.some((one) => verdictOn(one) === 'differs' && !report.swapped.includes(one.table));
    return differs ? EXIT.differs : EXIT.equal;
  } catch (error) {
    const { message } = error as Error;
    say({ rebuild: 'failed', code: error instanceof AppError ? error.code : 'INTERNAL', message });
    return EXIT.failed;
  }
}

function progress(): (step: string, done: number, total: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (step, done, total) => {
    const now = performance.now();
    if (done < total && now - last < PROGRESS_MS) return;
    last = now;
    say({ rebuild: 'progress', step, done, total });
  };
}

const say = (line: RebuildLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
