import { Command, CommanderError } from 'commander';
import { approvalCommands } from './commands/approval';
import { auditCommands } from './commands/audit';
import { dataCommands } from './commands/data';
import { datasetCommands } from './commands/dataset';
import { demoCommand } from './commands/demo';
import { dlqCommands } from './commands/dlq';
import { endpointCommands } from './commands/endpoint';
import { expectationsCommands } from './commands/expectations';
import { learnerCommands } from './commands/learner';
import { modelCommands } from './commands/model';
import { monitoringCommands } from './commands/monitoring';
import { policyCommands } from './commands/policy';
import { predictCommand } from './commands/predict';
import { rebuildCommand } from './commands/rebuild';
import { releaseCommands } from './commands/release';
import { replayCommand } from './commands/replay';
import { riskCommands } from './commands/risk';
import { runCommands } from './commands/run';
import { sourceCommands } from './commands/source';
import { statusCommand } from './commands/status';
import { topicCommands } from './commands/topic';
import { traceCommand } from './commands/trace';
import { trainCommand } from './commands/train';
import { retrainCommand, triggerCommands } from './commands/trigger';
import { usageCommand } from './commands/usage';
import { EXIT } from './terminal/cli-error';

/** The whole command line. Each command group is one file under `commands/`. */
export function buildProgram(): Command {
  const program = new Command('millrace')
    .description('MLOps on the event log: event streams to models and away again')
    // `replay --version <v>` asks another version of a model, so only -V is left to the program itself.
    .version('0.1.0', '-V')
    .option('--verbose', 'write the log of the client to stderr')
    .option('--quiet', 'no progress')
    .option('--no-progress', 'no progress bars')
    .showHelpAfterError('(add --help for what the command takes)')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace status
  $ millrace predict flights-late --data '{"origin":"SFO","destination":"JFK","distance":2586,"departure":988700000000}'
  $ millrace topic tail serve.flights-late.responses.v1 --last 5

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 a check failed, 130 interrupted.`,
    );
  for (const add of [
    statusCommand,
    demoCommand,
    sourceCommands,
    dataCommands,
    datasetCommands,
    expectationsCommands,
    trainCommand,
    runCommands,
    modelCommands,
    endpointCommands,
    releaseCommands,
    riskCommands,
    policyCommands,
    approvalCommands,
    learnerCommands,
    monitoringCommands,
    triggerCommands,
    retrainCommand,
    predictCommand,
    topicCommands,
    dlqCommands,
    replayCommand,
    traceCommand,
    usageCommand,
    rebuildCommand,
    auditCommands,
  ])
    add(program);
  useExitCode(program);
  return program;
}

/** `millrace --version` means what it means everywhere. */
export const withVersionFlag = (argv: readonly string[]): string[] =>
  argv.length === 3 && argv[2] === '--version' ? [...argv.slice(0, 2), '-V'] : [...argv];

/** Commander ends wrong usage with 1; shells and our users expect 2. */
function useExitCode(command: Command): void {
  command.exitOverride((error: CommanderError) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
  for (const child of command.commands) useExitCode(child);
}
