// The smallest service with a handler in each mode that needs a group or a table; run as a process of its own by specs.
import {
  LiftQuarantine,
  ModelVersionRegistered,
  PoisonError,
  patternOf,
  RegisterSource,
  SourceRefused,
  Topics,
} from '@millrace/contracts';
import { Events, type Flow, foldOf, type Received } from '@millrace/messaging';
import { BaseTables1700000000000, UnitOfWork } from '@millrace/persistence';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { bootstrapService } from './bootstrap-service';
import { Health } from './health/health';
import { type CounterMetric, Metrics } from './metrics/metrics';
import { CLOCK, SETTINGS } from './platform/tokens';
import { defineSettings, type ValuesOf } from './settings/define-settings';

const tinySettings = defineSettings({
  TINY_REASON: { schema: z.string(), default: 'Tiny', doc: 'Why every source is refused.' },
  TINY_DOOR: { schema: z.coerce.number(), default: 0, doc: 'Port of its door.' },
});

type TinyValues = ValuesOf<typeof tinySettings>;

const tinyFlow: Flow = {
  service: 'ingestion',
  consumes: [
    { topic: Topics.ingestionCommands, mode: 'outbox', records: [RegisterSource], signedBy: ['gateway'] },
    { topic: Topics.models, mode: 'fold', records: [ModelVersionRegistered] },
    { topic: Topics.inferenceCommands, mode: 'broadcast', records: [LiftQuarantine], from: 'first' },
  ],
  emits: [SourceRefused],
};

@Controller()
class TinyHandlers {
  private readonly folded: CounterMetric;
  private heard = 0;

  constructor(
    private readonly events: Events,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: { now(): number },
    @Inject(SETTINGS) private readonly settings: TinyValues,
    metrics: Metrics,
    health: Health,
  ) {
    this.folded = metrics.counter('millrace_tiny_folded_total', 'Records folded.');
    metrics.gauge('millrace_tiny_heard', 'Records heard in broadcast mode.', [], (set) => set(this.heard));
    health.report('tiny', () => null);
  }

  @EventPattern<string>(patternOf(RegisterSource))
  async refuse(@Payload() command: Received<RegisterSource>): Promise<void> {
    const { source } = command.data;
    if (source === 'poison') throw new PoisonError({ code: 'BAD_NAME', message: 'A source is no poison.' });
    await this.events.append(
      SourceRefused,
      source,
      {
        aggregateVersion: 1,
        occurredAt: this.clock.now(),
        source,
        commandId: command.id,
        command: command.record,
        reasonCode: 'BAD_NAME',
        reason: `${this.settings.TINY_REASON}, ${command.actor}`,
      },
      command,
    );
  }

  @EventPattern<string>(foldOf(Topics.models))
  async fold(@Payload() batch: Received<unknown>[]): Promise<void> {
    await this.unitOfWork.manager.query('SELECT 1');
    this.folded.inc({}, batch.length);
  }

  @Get('heard')
  heardSoFar(): { heard: number } {
    return { heard: this.heard };
  }

  @EventPattern<string>(patternOf(LiftQuarantine))
  hear(): void {
    this.heard += 1;
  }
}

@Module({ controllers: [TinyHandlers] })
class TinyModule {}

// The preloaded test hook would end this process itself when its parent goes; here the service must do so.
process.removeAllListeners('disconnect');
void bootstrapService({
  name: 'ingestion',
  module: TinyModule,
  flow: tinyFlow,
  settings: tinySettings,
  migrations: [BaseTables1700000000000],
  ...(process.argv.includes('door') ? { http: { port: ({ TINY_DOOR }: TinyValues) => TINY_DOOR } } : {}),
});
