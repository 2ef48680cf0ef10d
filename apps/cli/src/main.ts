import { buildProgram, withVersionFlag } from './program';
import { CliError } from './terminal/cli-error';
import { printError } from './terminal/print';

// Ctrl-C ends a command at once with the code that shells expect of an interrupted program.
process.on('SIGINT', () => process.exit(130));
// `millrace ... | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

buildProgram()
  .parseAsync(withVersionFlag(process.argv))
  .then(
    () => endWith(Number(process.exitCode ?? 0)),
    (error: unknown) => {
      printError(error);
      endWith(error instanceof CliError ? error.exitCode : 1);
    },
  );

/** Ends when everything is written: an exit would cut what still waits for a slow reader of a pipe. */
function endWith(code: number): void {
  process.stdout.write('', () => process.exit(code));
}
