import { readFile } from 'node:fs/promises';
import { BUILT_IN_POLICY, type PolicyRule } from '@millrace/contracts';
import type { Command } from 'commander';
import { demandsOf } from '../approval/policy-demands';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printJson, printNote, printRows } from '../terminal/print';
import { findOne, listAll, type Row } from './look-up';

const POLICY = 'release';

export function policyCommands(program: Command): void {
  const policy = program.command('policy').description('What a release takes, by the risk class of its model');
  policy
    .command('show')
    .description('The policy in force')
    .option('--json', 'as JSON: what policy define takes')
    .addHelpText('after', '\nExamples:\n  $ millrace policy show\n  $ millrace policy show --json > policy.json')
    .action((options: OutputOptions) =>
      withContext(async (context) => {
        const defined = (await listAll(context, 'policy')).find((row) => row.policy === POLICY);
        const rules = (defined?.rules as PolicyRule[] | undefined) ?? [...BUILT_IN_POLICY.rules];
        if (options.json) {
          printJson({ rules });
          return;
        }
        printRows(rules, COLUMNS, {});
        printNote(
          defined
            ? `${POLICY}:${defined.number} by ${defined.by}: ${defined.reason || 'no reason given'}`
            : `${BUILT_IN_POLICY.id}, which nobody has replaced`,
        );
      }),
    );
  policy
    .command('define')
    .description('Replace the policy; what waits is weighed again by the new one')
    .requiredOption('--file <file>', 'JSON: {"rules": [{"riskClass", "approvals", ...}]}, one rule for each class')
    .option('--reason <text>', 'why', '')
    .addHelpText(
      'after',
      `
A rule has riskClass (UNACCEPTABLE, HIGH, LIMITED, MINIMAL) and any of: forbidden, approvals, approverRoles, notSubmitter, notTrainer,
acceptedData, metrics ([{"metric", "atLeast", "atMost"}]), notice, cardFields (purpose, description, dataset, metrics).

Examples:
  $ millrace policy show --json > policy.json && millrace policy define --file policy.json --reason "three people for high risk"
  $ millrace policy define --file policy.json`,
    )
    .action((options: { file: string; reason: string }) =>
      withContext(async (context) => {
        const { rules } = await readPolicy(options.file);
        await context.gateway.command('DefinePolicy', { policy: POLICY, rules, reason: options.reason });
        const { number } = await findOne(context, 'policy', POLICY);
        printDone(`${POLICY}:${number} is in force`);
      }),
    );
}

/** One demand a line: a cell with all of them is wider than a terminal. */
const COLUMNS: Readonly<Record<string, (rule: PolicyRule) => unknown>> = {
  class: (rule) => rule.riskClass,
  release: (rule) => (rule.forbidden ? 'forbidden' : demandsOf(rule).length > 0 ? 'when there is' : 'at once'),
  needs: (rule) => demandsOf(rule).join('\n'),
};

async function readPolicy(file: string): Promise<Row> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Row;
  } catch (error) {
    throw new CliError(`The policy ${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}
