import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printJson, printRows, textOf } from '../terminal/print';
import { findOne, listAll, type Row } from './look-up';
import { printLearner } from './show-learner';

interface StartOptions {
  readonly endpoint: string;
  readonly algorithm: string;
  readonly set: readonly string[];
  readonly detector: string;
  readonly window: string;
  readonly reportEvery: string;
  readonly snapshotEvery?: string;
  readonly snapshotSeconds?: string;
  readonly snapshotModel?: string;
  readonly releaseWhenBetterBy?: string;
}

export function learnerCommands(program: Command): void {
  const learner = program.command('learner').description('Learners on the stream of labelled examples');
  learner
    .command('start <learner>')
    .description('Learn from the labelled examples of an endpoint while it serves')
    .requiredOption('--endpoint <endpoint>', 'whose examples')
    .option('--algorithm <name>', 'logistic-ftrl, logistic-adagrad or hoeffding-tree', 'logistic-ftrl')
    .option('--set <setting=value>', 'a setting of the algorithm, may be repeated', collect, [])
    .option('--detector <name>', 'what finds changes in the errors: adwin, page-hinkley or ddm', 'adwin')
    .option('--window <examples>', 'examples of the sliding evaluation', '1000')
    .option('--report-every <examples>', 'examples between two reports', '1000')
    .option('--snapshot-every <examples>', 'make a version of it after so many examples, again and again')
    .option('--snapshot-seconds <seconds>', 'make a version of it when the labelled records are so much newer')
    .option('--snapshot-model <model>', 'model that the versions belong to; by default the name of the learner')
    .option(
      '--release-when-better-by <nats>',
      'propose a version for release when its log loss beats the released model by so much on the same examples',
    )
    .addHelpText(
      'after',
      '\nIt learns from the features that the released version was trained on.\n\nExamples:\n  $ millrace learner start flights-online --endpoint flights-late\n  $ millrace learner start flights-tree --endpoint flights-late --algorithm hoeffding-tree\n  $ millrace learner start flights-online --endpoint flights-late --snapshot-every 5000 --release-when-better-by 0.01\n  $ millrace learner show flights-online',
    )
    .action((name: string, options: StartOptions) =>
      withContext(async (context) => {
        await startLearner(context, name, options);
        printDone(`${name} learns: millrace learner show ${name}`);
      }),
    );
  learner
    .command('list')
    .description('Every learner and how it stands')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) =>
        printRows(
          await listAll(context, 'learner'),
          {
            learner: (row) => row.learner,
            endpoint: (row) => row.endpoint,
            algorithm: (row) => (row.plan as Row).algorithm,
            status: (row) => row.status,
            examples: (row) => (row.latest as Row | null)?.taken ?? 0,
            'log loss': (row) => textOf(((row.latest as Row | null)?.scores as Row | undefined)?.logLoss),
          },
          options,
        ),
      ),
    );
  learner
    .command('show <learner>')
    .description('One learner, beside the released model and beside what needs no features')
    .option('--json', 'as JSON')
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => {
        const row = await findOne(context, 'learner', name);
        if (options.json) printJson(row);
        else printLearner(row);
      }),
    );
  learner
    .command('fork <learner> <new>')
    .description('A new learner that begins with what a learner knew at an offset, and learns on from there')
    .option('--to <offset>', 'next offset of the labelled topic; by default where the learner stands')
    .addHelpText(
      'after',
      '\nIt reads the log again up to the offset; a report from there tells its hash, which is that of the other one.\n\nExamples:\n  $ millrace learner fork flights-online flights-before-may --to 12000\n  $ millrace learner show flights-before-may',
    )
    .action((from: string, name: string, options: { to?: string }) =>
      withContext(async (context) => {
        await findOne(context, 'learner', from);
        const to = options.to === undefined ? null : numberOf('--to', options.to);
        await context.gateway.command('ForkLearner', { learner: name, from, to });
        printDone(`${name} begins as ${from}: millrace learner show ${name}`);
      }),
    );
  learner
    .command('rollback <learner>')
    .description('Forget what was learned from an offset on, for good, and learn on')
    .requiredOption('--to <offset>', 'next offset of the labelled topic at which it knew what it is to know')
    .option('--reason <text>', 'why', '')
    .addHelpText(
      'after',
      '\nIt reads the log again and leaves out the examples from the offset up to where it stands now.\n\nExamples:\n  $ millrace learner rollback flights-online --to 12000 --reason "labels of May were wrong"',
    )
    .action((name: string, options: { to: string; reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'learner', name);
        const to = numberOf('--to', options.to);
        await context.gateway.command('RollBackLearner', { learner: name, to, reason: options.reason });
        printDone(
          `${name} reads the log again and forgets what it learned from offset ${to} on: millrace learner show ${name}`,
        );
      }),
    );
  learner
    .command('stop <learner>')
    .description('Learn no more')
    .option('--reason <text>', 'why', '')
    .action((name: string, options: { reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'learner', name);
        await context.gateway.command('StopLearner', { learner: name, reason: options.reason });
        printDone(`${name} learns no more`);
      }),
    );
}

/** Starts a learner on the features of the version that the endpoint serves. */
export async function startLearner(context: Context, learner: string, options: StartOptions): Promise<void> {
  const { live } = await findOne(context, 'release', options.endpoint);
  const arm = (live as { arms: { model: string; version: number }[]; major: number } | undefined)?.arms[0];
  if (!arm) throw new CliError(`${options.endpoint} serves nothing: millrace release propose lets it serve a version.`);
  const model = await findOne(context, 'model', arm.model);
  const version = (model.versions as Row[])[arm.version - 1]!;
  if (!version.run)
    throw new CliError(
      `${arm.model}:${arm.version} was imported, so its features are not known as a plan: start with the command StartLearner of the REST API.`,
    );
  const plan = (await findOne(context, 'run', String(version.run))).plan as { features: Row[] };
  const outputs = (version.signature as { outputs: { field: string; width: number }[] }).outputs;
  await context.gateway.command('StartLearner', {
    learner,
    endpoint: options.endpoint,
    major: (live as { major: number }).major,
    reportEvery: numberOf('--report-every', options.reportEvery),
    snapshots: snapshotPolicy(learner, options),
    plan: {
      algorithm: options.algorithm,
      features: plan.features,
      parameters: settingsOf(options.set),
      window: numberOf('--window', options.window),
      detector: options.detector,
      releasedOutput: outputs.find(({ field, width }) => field === 'probability' && width === 1)?.field ?? null,
    },
  });
}

/** Null when no snapshot is asked for. */
function snapshotPolicy(learner: string, options: StartOptions): Record<string, unknown> | null {
  const { snapshotEvery, snapshotSeconds, snapshotModel, releaseWhenBetterBy } = options;
  if (snapshotEvery === undefined && snapshotSeconds === undefined) {
    if (snapshotModel === undefined && releaseWhenBetterBy === undefined) return null;
    throw new CliError('Say when a version is to be made: --snapshot-every or --snapshot-seconds.', EXIT.usage);
  }
  const number = (option: string, text: string | undefined) => (text === undefined ? null : numberOf(option, text));
  return {
    model: snapshotModel ?? learner,
    everyExamples: number('--snapshot-every', snapshotEvery),
    everySeconds: number('--snapshot-seconds', snapshotSeconds),
    releaseWhenBetterBy: number('--release-when-better-by', releaseWhenBetterBy),
  };
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function settingsOf(set: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    set.map((one) => {
      const [name = '', value = ''] = one.split('=');
      return [name, numberOf(`--set ${name}`, value)];
    }),
  );
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new CliError(`${option} takes a number, not "${text}".`, EXIT.usage);
  return number;
}
