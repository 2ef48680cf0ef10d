import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printJson, printNote, textOf } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { findOne, type Row, untilThere } from './look-up';

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
        await printFinished(context, await followToVersion(context, run), options);
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
      if (row.status === 'FAILED' || row.status === 'REFUSED')
        throw new CliError(`Run ${run} ${String(row.status).toLowerCase()}: ${row.reason} (${row.reasonCode})`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    bar.stop();
  }
  throw new CliError(
    `Run ${run} did not end within ${timeoutMs / 60_000} minutes; it goes on: millrace run show ${run}`,
  );
}

/** Follows a run until the registry has made a version of it. */
export async function followToVersion(context: Context, run: string): Promise<Row> {
  await followRun(context, run);
  const withVersion = async () => {
    const row = await findOne(context, 'run', run);
    return row.version === undefined ? null : row;
  };
  return untilThere(withVersion, `Run ${run} is completed, but a version of it`);
}

/** The version of a finished run, and which other one it equals: the same plan and data give the same bytes. */
export async function printFinished(context: Context, run: Row, options: OutputOptions): Promise<void> {
  if (options.json) return printJson(run);
  printDone(`${run.version} from run ${run.run} on ${run.dataset}: ${metricsLine(run)}`);
  const { versions } = (await findOne(context, 'model', String(run.model))) as unknown as { versions: Row[] };
  const digestOf = (version: Row) => (version.artifact as Row).digest;
  const made = versions.find((version) => version.run === run.run);
  const twin = made && versions.find((version) => version !== made && digestOf(version) === digestOf(made));
  if (twin)
    printNote(
      `the same bytes as ${twin.model}:${twin.version}: nothing new was learned from the same plan and data; millrace dataset snapshot cuts a newer data set`,
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
