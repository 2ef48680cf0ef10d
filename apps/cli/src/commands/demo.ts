import type { Command } from 'commander';
import { DISTANCE_IN_KM } from '../demo/planted';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('The example from records to answered requests: US flights, will this one arrive late?')
    .option('--rows <count|all>', 'flights taken, evenly spread over all 3,000,000', '200000')
    .option('--rate <per-second>', 'requests a second', '500')
    .option('--risk <class>', 'high: the path of a model that two people must approve; without traffic')
    .option('--fault <fault>', 'distance-in-km: plants kilometres for miles behind the demo, and shows who notices')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace demo\n  $ millrace demo --rows 20000 --rate 1000\n  $ millrace demo --rows all\n  $ millrace demo --risk high\n  $ millrace demo --fault distance-in-km',
    )
    .action((options: { rows: string; rate: string; risk?: string; fault?: string }) =>
      withContext(async (context) => {
        const rows = options.rows === 'all' ? 'all' : Number(options.rows);
        if (rows !== 'all' && !(Number.isInteger(rows) && rows >= 1_000))
          throw new CliError('--rows takes a whole number from 1000, or all.', EXIT.usage);
        if (options.risk !== undefined && options.risk !== 'high')
          throw new CliError('--risk takes high; the example itself is of minimal risk.', EXIT.usage);
        if (options.fault !== undefined && options.fault !== DISTANCE_IN_KM)
          throw new CliError(`--fault takes ${DISTANCE_IN_KM}.`, EXIT.usage);
        if (options.fault && options.risk) throw new CliError('Say --risk or --fault, not both.', EXIT.usage);
        const wanted = { rows, rate: Number(options.rate) } as const;
        if (options.fault) await (await import('../demo/run-fault.js')).runFault(context, wanted);
        else if (options.risk) await (await import('../demo/run-high-risk.js')).runHighRisk(context, wanted);
        else await (await import('../demo/run-demo.js')).runDemo(context, wanted);
      }),
    );
}
