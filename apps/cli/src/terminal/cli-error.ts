/** Exit codes of the CLI: 0 done, 1 refused or failed, 2 wrong usage, 3 a check failed, 130 interrupted. */
export const EXIT = { failed: 1, usage: 2, check: 3 } as const;

/** An error with a sentence for the person at the terminal and the code that the shell gets. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
    readonly code: string = 'FAILED',
  ) {
    super(message);
  }
}
