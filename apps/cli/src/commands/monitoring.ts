import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError } from '../terminal/cli-error';
import {
  dateOrTimeOf,
  type OutputOptions,
  printDone,
  printJson,
  printNote,
  printRows,
  textOf,
} from '../terminal/print';
import { findOne, listAll, type Row } from './look-up';

interface WindowOptions extends OutputOptions {
  readonly slices?: boolean;
  readonly last: string;
}

/** What monitoring has told: windows, and alerts. */
export function monitoringCommands(program: Command): void {
  program
    .command('windows <endpoint>')
    .description('What came and what was answered, window by window of event time, against what training has seen')
    .option('--slices', 'those of slices too')
    .option('--last <count>', 'the newest so many', '31')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ millrace windows flights-late\n  $ millrace windows flights-late --json')
    .action((endpoint: string, options: WindowOptions) =>
      withContext(async (context) => {
        const views = await viewsOf(context, 'window', endpoint, options);
        if (options.json) return printJson(views);
        for (const { id, windows } of views) {
          printNote(String(id));
          printRows(windows as Row[], WINDOW_COLUMNS, {});
        }
      }),
    );
  program
    .command('quality <endpoint>')
    .description('How good the answers were, window by window, by the outcomes that came for them')
    .option('--slices', 'that of slices too')
    .option('--last <count>', 'the newest so many', '31')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ millrace quality flights-late\n  $ millrace quality flights-late --json')
    .action((endpoint: string, options: WindowOptions) =>
      withContext(async (context) => {
        const views = await viewsOf(context, 'quality', endpoint, options);
        if (options.json) return printJson(views);
        for (const { id, windows } of views) {
          printNote(String(id));
          printRows(windows as Row[], qualityColumns(windows as Row[]), {});
        }
      }),
    );
  const alert = program.command('alert').description('What has been wrong for several windows');
  alert
    .command('list')
    .description('Every alert, as it stands')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) => printRows(await listAll(context, 'alert'), ALERT_COLUMNS, options)),
    );
  alert
    .command('ack <alert>')
    .description('Say that somebody takes care of it')
    .requiredOption('--note <text>', 'what is done about it')
    .action((name: string, { note }: { note: string }) =>
      withContext(async (context) => {
        await findOne(context, 'alert', name);
        await context.gateway.command('AcknowledgeAlert', { alert: name, note });
        printDone(`${name} is acknowledged`);
      }),
    );
}

const columnsOf = (row: Row): Row[] => row.columns as Row[];
/** The column that moved most, and by how much more than chance explains. */
function worstOf(row: Row): string {
  const moved = columnsOf(row)
    .filter(({ psi }) => psi !== null)
    .map(({ name, psi, psiNoise }) => ({ name, shift: Math.max(0, Number(psi) - Number(psiNoise)) }))
    .sort((a, b) => b.shift - a.shift)[0];
  return moved ? `${moved.name} ${moved.shift.toFixed(3)}` : '-';
}
const alarming = (row: Row): string =>
  columnsOf(row)
    .filter(({ alarm }) => alarm)
    .map(({ name }) => name)
    .join(', ');

/** Windows of requests without an event time stand on a time line of their own. */
const fromOf = (row: Row): string => `${dateOrTimeOf(row.start)}${row.time === 'SENT' ? ' (sent)' : ''}`;

const WINDOW_COLUMNS = {
  from: fromOf,
  version: (row: Row) => (row.version === null ? '-' : `${row.model}:${row.version}`),
  rows: (row: Row) => row.rows,
  answered: (row: Row) =>
    Object.entries(row.statuses as Record<string, number>)
      .map(([status, rows]) => `${status} ${rows}`)
      .join(', '),
  'mean outputs': (row: Row) =>
    columnsOf(row)
      .filter(({ role }) => role === 'PREDICTION')
      .map(({ name, mean }) => `${name} ${textOf(mean)}`)
      .join(', '),
  'p99 ms': (row: Row) => textOf((row.latency as Row | null)?.p99),
  'PSI beyond chance': worstOf,
  alarms: (row: Row) => alarming(row) || '-',
};

type Estimates = Readonly<Record<string, { readonly value: number; readonly low: number; readonly high: number }>>;

/** Figures that are shown, of those that a window has. */
const SHOWN = {
  AUC: 'auc',
  'log loss': 'logLoss',
  'label rate': 'positiveRate',
  'mean score': 'meanProbability',
  'calibration error': 'calibrationError',
  F1: 'f1',
  RMSE: 'rmse',
  MAE: 'mae',
};

const estimateOf = (row: Row, name: string) => (row.estimates as Estimates)[name];

function qualityColumns(windows: readonly Row[]) {
  const shown = Object.entries(SHOWN).filter(([, name]) => windows.some((row) => estimateOf(row, name)));
  return {
    from: fromOf,
    version: (row: Row) => (row.version === null ? '-' : `${row.model}:${row.version}`),
    examples: (row: Row) => row.examples,
    ...Object.fromEntries(shown.map(([title, name]) => [title, (row: Row) => withInterval(row, name)])),
  };
}

/** The figure, and its interval on a line of its own: beside each other they would be wider than a terminal. */
function withInterval(row: Row, name: string): string {
  const estimate = estimateOf(row, name);
  if (!estimate) return '-';
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map((figure) => figure.toFixed(3));
  return `${value}\n${low} to ${high}`;
}

export const ALERT_COLUMNS = {
  alert: (row: Row) => row.alert,
  status: (row: Row) => row.status,
  window: (row: Row) => fromOf(row.window as Row),
  what: (row: Row) => (row.window as Row).statement,
  'taken care of': (row: Row) => {
    const taken = row.acknowledged as Row | null;
    return taken ? `${taken.by}: ${taken.note}` : '-';
  },
};

/** Views of an endpoint's windows, whole ones first, each cut to its newest windows. */
async function viewsOf(
  context: Context,
  kind: 'window' | 'quality',
  endpoint: string,
  { slices, last }: WindowOptions,
): Promise<Row[]> {
  const count = Number(last);
  if (!Number.isInteger(count) || count < 1)
    throw new CliError(`--last takes a whole number from 1, not "${last}".`, 2);
  await findOne(context, 'endpoint', endpoint);
  const views = (await listAll(context, kind)).filter((view) => view.endpoint === endpoint);
  if (views.length === 0)
    throw new CliError(
      kind === 'window'
        ? `No window of ${endpoint} is over yet: one is when requests have come an hour beyond its end. millrace status shows whether monitoring runs.`
        : `The quality of no window of ${endpoint} is known yet: it is a day after the window, when outcomes have come. millrace status shows whether ingestion and monitoring run.`,
    );
  return views
    .filter(({ slice }) => slices || slice === null)
    .map((view) => ({ ...view, windows: (view.windows as Row[]).slice(-count) }));
}
