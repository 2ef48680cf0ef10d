import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printRows, timeOf } from '../terminal/print';
import { findOne, listAll, type Row, untilThere } from './look-up';
import { followToVersion, planFrom, printFinished } from './train';

const HOUR = 3_600_000;

interface DeclareOptions {
  readonly endpoint: string;
  readonly drift?: boolean;
  readonly quality?: boolean;
  readonly newData?: boolean;
  readonly every?: string;
  readonly coolDown: string;
  readonly model?: string;
  readonly source?: string;
  readonly plan?: string;
}

interface RetrainOptions extends OutputOptions {
  readonly dataset?: string;
  readonly reason: string;
  readonly detach?: boolean;
}

/** When models are to be trained anew. */
export function triggerCommands(program: Command): void {
  const trigger = program.command('trigger').description('When models are to be trained anew');
  trigger
    .command('declare <trigger>')
    .description('Say when a model is to be trained anew; of a trigger that exists, this counts from now on')
    .requiredOption('--endpoint <endpoint>', 'whose alerts count')
    .option('--drift', 'when an alert of drift is raised')
    .option('--quality', 'when an alert of quality is raised')
    .option('--new-data', 'when a new data set of the source is accepted')
    .option('--every <hours>', 'when so much time has passed since the last request')
    .option('--cool-down <hours>', 'least time between two requests', '24')
    .option('--model <model>', 'model that the runs make versions of; by default the one that is served')
    .option(
      '--source <source>',
      'source of the data sets, or <endpoint>.v<major> for its labelled examples; by default that of the version that is served',
    )
    .option('--plan <file>', 'training plan as JSON; by default that of the version that is served')
    .addHelpText(
      'after',
      '\nWithout a condition it is pulled by hand only: millrace retrain.\n\nExamples:\n  $ millrace trigger declare flights-anew --endpoint flights-late --drift --quality\n  $ millrace trigger declare flights-weekly --endpoint flights-late --every 168 --new-data --cool-down 12\n  $ millrace trigger list',
    )
    .action((name: string, options: DeclareOptions) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', options.endpoint);
        const { drift = false, quality = false, newData = false, every } = options;
        await context.gateway.command('DeclareTrigger', {
          trigger: name,
          endpoint: options.endpoint,
          model: options.model ?? null,
          source: options.source ?? null,
          plan: options.plan === undefined ? null : await planFrom(options.plan),
          conditions: { drift, quality, newData, everyMs: every === undefined ? null : msOf('--every', every) },
          coolDownMs: msOf('--cool-down', options.coolDown),
        });
        printDone(`${name} is declared: millrace trigger list`);
      }),
    );
  trigger
    .command('list')
    .description('Every trigger, what it waits for and what it has asked for')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) => {
        const triggers = await listAll(context, 'trigger');
        const runs = new Map(options.json ? [] : (await listAll(context, 'run')).map((row) => [row.run, row]));
        printRows(triggers, columnsOf(runs), options);
      }),
    );
}

export function retrainCommand(program: Command): void {
  program
    .command('retrain <trigger>')
    .description('Train a model anew by a trigger, or by the only trigger of an endpoint, and wait for it')
    .option('--dataset <source:number>', 'the data set; by default the newest one that is accepted')
    .option('--reason <text>', 'why', '')
    .option('--detach', 'do not wait')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ millrace retrain flights-anew\n  $ millrace retrain flights-late --detach')
    .action((name: string, options: RetrainOptions) =>
      withContext(async (context) => {
        const trigger = await triggerOf(context, name);
        const { dataset = null, reason } = options;
        const { commandId, facts } = await context.gateway.command('RequestRetraining', { trigger, dataset, reason });
        const run = await untilThere(() => runOf(context, trigger, commandId), `The request of ${trigger}`);
        if (options.detach) return printDone(`run ${run} is asked for: millrace run show ${run}`);
        // Training answers the fact as it would answer a command: with a run that is planned, or refused.
        await context.gateway.answerTo(facts![0]!.id, `Run ${run}`, PLAN_MS);
        await printFinished(context, await followToVersion(context, run), options);
      }),
    );
}

/** Training waits about 3 minutes for the verdict on a data set. */
const PLAN_MS = 300_000;

/** A trigger by its name, or the only one of an endpoint. */
async function triggerOf(context: Context, name: string): Promise<string> {
  const triggers = await listAll(context, 'trigger');
  if (triggers.some(({ trigger }) => trigger === name)) return name;
  const of = triggers.filter(({ endpoint }) => endpoint === name).map(({ trigger }) => String(trigger));
  if (of.length === 0) return String((await findOne(context, 'trigger', name)).trigger);
  if (of.length === 1) return of[0]!;
  throw new CliError(`${name} has several triggers: name one of ${of.join(', ')}.`, EXIT.usage);
}

const requestsOf = (row: Row): Row[] => (row.requests as Row[] | undefined) ?? [];

async function runOf(context: Context, trigger: string, commandId: string): Promise<string | null> {
  const row = (await listAll(context, 'trigger')).find((one) => one.trigger === trigger);
  const request = row && requestsOf(row).find(({ cause }) => (cause as Row).event === commandId);
  return request ? String(request.run) : null;
}

function msOf(option: string, hours: string): number {
  const ms = Math.round(Number(hours) * HOUR);
  if (!(ms > 0)) throw new CliError(`${option} takes a number of hours above 0, not "${hours}".`, EXIT.usage);
  return ms;
}

const hoursOf = (ms: unknown): string => `${Number((Number(ms) / HOUR).toPrecision(3))} h`;

const columnsOf = (runs: ReadonlyMap<unknown, Row>) => ({
  trigger: (row: Row) => row.trigger,
  endpoint: (row: Row) => row.endpoint,
  when: (row: Row) => {
    const { drift, quality, newData, everyMs } = row.conditions as Row;
    const parts = [
      ...(drift ? ['drift'] : []),
      ...(quality ? ['quality'] : []),
      ...(newData ? [`new data of ${row.source}`] : []),
      ...(everyMs === null ? [] : [`every ${hoursOf(everyMs)}`]),
    ];
    return parts.join(', ') || 'by hand';
  },
  'cool-down': (row: Row) => hoursOf(row.coolDownMs),
  'last request': (row: Row) => {
    const last = requestsOf(row).at(-1);
    return last ? `${timeOf(last.occurredAt)} ${(last.cause as Row).kind} ${(last.cause as Row).subject}`.trim() : '-';
  },
  became: (row: Row) => {
    const last = requestsOf(row).at(-1);
    return last ? becameOf(runs.get(last.run)) : '-';
  },
  postponed: (row: Row) => (row.postponed as Row[]).length,
});

/** The version that a run made, or how far it came; training takes a while to answer what it is asked. */
function becameOf(run: Row | undefined): string {
  if (!run) return 'asked for';
  if (run.version) return String(run.version);
  return run.reasonCode ? `${run.status}: ${run.reasonCode}` : String(run.status);
}
