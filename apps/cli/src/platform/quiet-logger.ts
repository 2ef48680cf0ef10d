import type { Logger } from '@millrace/contracts';

const write = (level: string, fields: object, message: string): void => {
  if (process.argv.includes('--verbose')) process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
};

/** Nothing unless --verbose: the CLI's own sentences are for people, the log is for finding faults. */
export const quietLogger: Logger = {
  debug: (fields, message) => write('debug', fields, message),
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
  child: () => quietLogger,
};
