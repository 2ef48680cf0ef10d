import type { Logger } from '@millrace/contracts';
import { type DestinationStream, destination, pino } from 'pino';
import { Redactor } from './redact';

export interface LoggerOptions {
  /** Stands in every line. */
  service: string;
  /** `host:pid`: tells the processes of one service apart. */
  instance: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  /** Texts that must not be written, whatever field they stand in. */
  secrets?: readonly string[];
  /** Standard output by default. */
  stream?: DestinationStream;
}

/**
 * JSON lines: {"level":"info","time":"2001-05-01T00:00:00.000Z","service":"registry","instance":"host:1","msg":"..."}.
 * Written synchronously, so that the last line before a crash is there.
 */
export function createLogger(options: LoggerOptions): Logger {
  const redactor = new Redactor(options.secrets);
  const stream = options.stream ?? standardOutput();
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service, instance: options.instance },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactor.fields(fields),
      },
      // The formatter above has turned errors into plain objects already.
      serializers: { err: (value) => value },
    },
    { write: (line) => stream.write(redactor.line(line)) },
  );
  return guarded(logger as Logger, logger.child as Logger['child'], redactor);
}

/** pino writes the fields of a child as they are, so they are cleaned before it sees them. */
function guarded(logger: Logger, child: Logger['child'], redactor: Redactor): Logger {
  return Object.assign(logger, {
    child: (fields: object) => guarded(child.call(logger, redactor.fields(fields)), child, redactor),
  });
}

/** A supervisor that died takes the reading end of the pipe with it; that is no reason to die before the work is put away. */
function standardOutput(): DestinationStream {
  const stream = destination({ fd: 1, sync: true });
  stream.on('error', () => undefined);
  return stream;
}
