import type { Logger } from '@millrace/contracts';
import type { LoggerService } from '@nestjs/common';

/** Lets Nest write through our logger. Its start-up chatter (every module, every route) is of level debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), textOf(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), textOf(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), textOf(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(fieldsOf(rest), textOf(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ ...fieldsOf(rest), ...errorOf(message) }, textOf(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

/** Nest passes (message, stack?, context): the last string names the class that speaks, one with line breaks is a stack. */
function fieldsOf(rest: readonly unknown[]): Record<string, unknown> {
  const texts = rest.filter((one): one is string => typeof one === 'string');
  const stack = texts.find((text) => text.includes('\n    at '));
  const context = texts.filter((text) => text !== stack).at(-1);
  return { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
}

const textOf = (message: unknown): string => (message instanceof Error ? message.message : String(message));
const errorOf = (message: unknown): object => (message instanceof Error ? { err: message } : {});
