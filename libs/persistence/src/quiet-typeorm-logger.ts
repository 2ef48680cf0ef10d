import type { Logger as OurLogger } from '@millrace/contracts';
import type { Logger } from 'typeorm';

/** Keeps TypeORM off the console, and statements with their parameters out of every log. Failures come as errors anyway. */
export class QuietTypeormLogger implements Logger {
  constructor(private readonly logger: OurLogger) {}

  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn({ reason: String(message) }, 'TypeORM warns');
  }
}
