import { buildProgram } from './program';
import { CliError } from './terminal/cli-error';
import { printError } from './terminal/print';

// Ctrl-C ends a command at once with the code that shells expect of an interrupted program.
process.on('SIGINT', () => process.exit(130));
// `millrace ... | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

buildProgram()
  .parseAsync(process.argv)
  .then(
    () => process.exit(process.exitCode ?? 0),
    (error: unknown) => {
      printError(error);
      process.exit(error instanceof CliError ? error.exitCode : 1);
    },
  );
