import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import {
  type OutputOptions,
  printDetails,
  printDone,
  printJson,
  printNote,
  printRows,
  timeOf,
} from '../terminal/print';
import { findOne, listAll, type Row } from './look-up';

const CLASSES = ['unacceptable', 'high', 'limited', 'minimal'];

export function riskCommands(program: Command): void {
  const risk = program.command('risk').description('How much harm a model can do, and what people are told about it');
  risk
    .command('set <model> <class>')
    .description('Set the risk class of a model: unacceptable, high, limited or minimal (EU AI Act)')
    .requiredOption('--reason <text...>', 'why this class; several times for several reasons')
    .option('--purpose <text>', 'what the model is meant for, and by whom it is used', '')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace risk set flights-late minimal --reason "it informs passengers, and nobody is hurt by a wrong guess"\n  $ millrace risk set loans high --reason "it decides about loans (annex III, 5b)" --purpose "credit scoring by bank clerks"',
    )
    .action((model: string, riskClass: string, options: { reason: string[]; purpose: string; json?: boolean }) =>
      withContext(async (context) => {
        if (!CLASSES.includes(riskClass))
          throw new CliError(`"${riskClass}" is no risk class: use ${CLASSES.join(', ')}.`, EXIT.usage);
        await findOne(context, 'model', model);
        await context.gateway.command('ClassifyModel', {
          model,
          riskClass: riskClass.toUpperCase(),
          reasons: options.reason,
          purpose: options.purpose,
        });
        if (options.json) printJson(await findOne(context, 'risk', model));
        else printDone(`${model} is ${riskClass.toUpperCase()}`);
        if (riskClass === 'unacceptable')
          for (const endpoint of servingIt(await listAll(context, 'release'), model))
            printNote(`it is live on ${endpoint} still: stop it with millrace release halt ${endpoint}`);
      }),
    );
  risk
    .command('notice <model>')
    .description('Set the transparency notice of a model: what people are told who deal with it')
    .requiredOption('--text <text>', 'the notice')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace risk notice help-desk --text "You are talking to a machine."\n  $ millrace risk notice help-desk --text "$(cat notice.txt)"',
    )
    .action((model: string, options: { text: string }) =>
      withContext(async (context) => {
        await findOne(context, 'model', model);
        await context.gateway.command('AttachNotice', { model, notice: options.text });
        printDone(`${model} has a transparency notice`);
      }),
    );
  risk
    .command('show [model]')
    .description('The risk class of a model, or of all that have one')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ millrace risk show\n  $ millrace risk show flights-late --json')
    .action((model: string | undefined, options: OutputOptions) =>
      withContext(async (context) => {
        if (model === undefined) printRows(await listAll(context, 'risk'), COLUMNS, options);
        else printOne(await findOne(context, 'risk', model), options);
      }),
    );
}

const noticeOf = (row: Row): string | undefined => (row.notice as { text: string } | undefined)?.text;

const COLUMNS = {
  model: (row: Row) => row.model,
  class: (row: Row) => row.riskClass,
  reasons: (row: Row) => (row.reasons as string[] | undefined)?.join('; '),
  purpose: (row: Row) => row.purpose,
  notice: (row: Row) => (noticeOf(row) === undefined ? 'none' : 'yes'),
  by: (row: Row) => row.by,
};

function printOne(row: Row, options: OutputOptions): void {
  const { model, riskClass, reasons, purpose, by, occurredAt } = row;
  if (options.json) printJson(row);
  else
    printDetails(
      {
        model,
        class: riskClass,
        reasons: (reasons as string[] | undefined)?.join('; '),
        purpose,
        notice: noticeOf(row),
        by,
        at: timeOf(occurredAt),
      },
      {},
    );
}

const servingIt = (releases: readonly Row[], model: string): string[] =>
  releases
    .filter(({ live }) => ((live as Row | null)?.arms as Row[] | undefined)?.some((arm) => arm.model === model))
    .map(({ endpoint }) => String(endpoint));
