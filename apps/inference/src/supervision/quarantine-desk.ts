import {
  type AnyRecordSchema,
  LiftQuarantine,
  ModelQuarantined,
  QuarantineLifted,
  QuarantineRefused,
  Topics,
} from '@millrace/contracts';
import { type Cause, controlEventId, DirectEvents, MessagingEvents, type Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { DEATHS_TO_QUARANTINE, DeathCounter } from '../domain/count-deaths';
import {
  evolveQuarantine,
  liftQuarantine,
  noQuarantine,
  type Quarantine,
  type QuarantineFact,
  quarantineModel,
} from '../domain/quarantine';

const RECORDS: Record<QuarantineFact['type'], AnyRecordSchema> = {
  ModelQuarantined,
  QuarantineLifted,
  QuarantineRefused,
};

/**
 * Decides about quarantines. The service has no database: the state is the quarantine topic itself, read from its first
 * record, and a command counts as answered when a fact there names it as its cause.
 */
@Injectable()
export class QuarantineDesk {
  private readonly quarantines = new Map<string, Quarantine>();
  private readonly answered = new Set<string>();
  private readonly pending: Received<LiftQuarantine>[] = [];
  private readonly deaths = new DeathCounter();
  private open = false;
  /** One decision at a time, so that two never take the same version. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly events: DirectEvents,
    lifecycle: MessagingEvents,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    lifecycle.on('broadcastsComplete', () => void this.opened());
  }

  fact(type: QuarantineFact['type'], received: Received<unknown>): void {
    const fact = { type, data: received.data } as QuarantineFact;
    const { digest } = fact.data;
    this.quarantines.set(digest, evolveQuarantine(this.stateOf(digest), fact));
    if (received.causationId) this.answered.add(received.causationId);
  }

  /** Commands wait until every fact has been read: only then is it known which are answered. */
  async command(received: Received<LiftQuarantine>): Promise<void> {
    if (!this.open) this.pending.push(received);
    else await this.inTurn(() => this.answer(received));
  }

  async opened(): Promise<void> {
    this.open = true;
    await Promise.allSettled(this.pending.splice(0).map((command) => this.inTurn(() => this.answer(command))));
  }

  /** A lane worker died inside a call of this model. */
  died(digest: string, how: string): Promise<void> {
    return this.inTurn(async () => {
      const now = this.clock.now();
      const count = this.deaths.record(digest, now);
      if (count < DEATHS_TO_QUARANTINE) return;
      for (const fact of quarantineModel(this.stateOf(digest), digest, count, how, now)) await this.publish(fact);
    });
  }

  private async answer(received: Received<LiftQuarantine>): Promise<void> {
    if (this.answered.has(received.id)) return;
    const { digest } = received.data;
    const context = { now: this.clock.now(), actor: received.actor ?? 'unknown', commandId: received.id };
    await this.publish(liftQuarantine(this.stateOf(digest), received.data, context), received);
    this.answered.add(received.id);
    this.deaths.forget(digest);
  }

  private async publish(fact: QuarantineFact, cause?: Cause): Promise<void> {
    const { digest, aggregateVersion } = fact.data;
    const id = controlEventId(Topics.quarantines.name, digest, aggregateVersion);
    await this.events.publish(RECORDS[fact.type], digest, fact.data, { id, ...(cause ? { cause } : {}) });
    this.quarantines.set(digest, evolveQuarantine(this.stateOf(digest), fact));
  }

  private stateOf(digest: string): Quarantine {
    return this.quarantines.get(digest) ?? noQuarantine();
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => {});
    return turn;
  }
}
