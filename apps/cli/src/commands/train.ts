import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { printDone, printJson, textOf } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { findOne, type Row } from './look-up';

interface TrainOptions {
  readonly dataset: string;
  readonly plan: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

export function trainCommand(program: Command): void {
  program
    .command('train <model>')
    .description('Train a model on a data set and wait for it')
    .requiredOption('--dataset <source:number>', 'the data set')
    .requiredOption(
      '--plan <file>',
      'training plan as JSON: task, target, features, candidates, folds, searchRows, seed',
    )
    .option('--detach', 'do not wait')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace train flights-late --dataset flights:1 --plan examples/flights/plan.json\n  $ millrace train flights-late --dataset flights:1 --plan plan.json --detach\n  $ millrace run show <run>',
    )
    .action((model: string, options: TrainOptions) =>
      withContext(async (context) => {
        const run = await startTraining(context, model, options.dataset, await planFrom(options.plan));
        if (options.detach) {
          printDone(`run ${run} is planned: millrace run show ${run}`);
          return;
        }
        const finished = await followRun(context, run);
        if (options.json) printJson(finished);
        else printDone(`${model} from run ${run}: ${metricsLine(finished)}`);
      }),
    );
}

export async function planFrom(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`The plan ${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Training waits about 3 minutes for the verdict on a data set. */
const ANSWER_MS = 300_000;

export async function startTraining(context: Context, model: string, dataset: string, plan: unknown): Promise<string> {
  const run = randomUUID();
  await context.gateway.command('StartTraining', { run, model, dataset, plan }, ANSWER_MS);
  return run;
}

const POLL_MS = 300;

/** Shows the progress of a run until it ends. @throws CliError when it failed. */
export async function followRun(context: Context, run: string, timeoutMs = 3_600_000): Promise<Row> {
  const bar = progressBar('training', 'steps');
  const end = Date.now() + timeoutMs;
  try {
    while (Date.now() < end) {
      const row = await findOne(context, 'run', run);
      const progress = row.progress as { phase: string; done: number; total: number } | null | undefined;
      if (progress) bar.update(progress.done, progress.total, progress.phase);
      if (row.status === 'COMPLETED') return row;
      if (row.status === 'FAILED') throw new CliError(`Run ${run} failed: ${row.reason} (${row.reasonCode})`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    bar.stop();
  }
  throw new CliError(
    `Run ${run} did not end within ${timeoutMs / 60_000} minutes; it goes on: millrace run show ${run}`,
  );
}

/** What a person looks at first; `run show` has the rest. */
const SHOWN: Readonly<Record<string, string>> = { auc: 'AUC', logLoss: 'log loss', rmse: 'RMSE', mae: 'MAE' };

export function metricsLine(run: Row): string {
  const { chosen, holdOut, baseline } = run.result as {
    chosen: string;
    holdOut: Record<string, number>;
    baseline: Record<string, number>;
  };
  const told = Object.entries(SHOWN).filter(([name]) => name in holdOut);
  const pairs = told.map(([name, words]) => `${words} ${textOf(holdOut[name])} (baseline ${textOf(baseline[name])})`);
  return `${chosen}, hold-out ${pairs.join(', ')}`;
}
