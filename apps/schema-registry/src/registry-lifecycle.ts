import type { Health, Metrics } from '@millrace/service';
import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { LogWriter, WriterRole } from './log/log-writer';
import type { SchemaLog } from './log/schema-log';

const ROLES: readonly WriterRole[] = ['starting', 'writer', 'recovering', 'fenced'];

/** Starts and stops the log with the application, and tells health and metrics about it. */
export class RegistryLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly log: SchemaLog,
    private readonly writer: LogWriter,
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    // A fenced instance is ready: it answers reads, and a restart would only fence the newer one in turn.
    this.health.report('schema log', () => this.log.reason);
    this.health.report('schema writer', () =>
      this.writer.role === 'starting' ? 'does not own the log to write yet' : null,
    );
    this.metrics.gauge('millrace_schema_registry_role', '1 for the role this instance has now', ['role'], (set) => {
      for (const role of ROLES) set(this.writer.role === role ? 1 : 0, { role });
    });
    this.metrics.gauge('millrace_schema_registry_schemas', 'Schemas that have an id', [], (set) =>
      set(this.log.schemaCount),
    );
    this.metrics.gauge(
      'millrace_schema_registry_unreadable_records',
      'Records of the log that were skipped',
      [],
      (set) => set(this.log.unreadable),
    );
    this.log.start();
    this.writer.start();
  }

  /** While the door is still open, so that writes under way get their answer. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.writer.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.stop();
  }
}
