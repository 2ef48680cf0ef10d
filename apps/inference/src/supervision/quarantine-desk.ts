import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AnyRecordSchema,
  LiftQuarantine,
  type Logger,
  ModelQuarantined,
  QuarantineLifted,
  QuarantineRefused,
  Topics,
} from '@millrace/contracts';
import { type Cause, controlEventId, DirectEvents, MessagingEvents, type Received } from '@millrace/messaging';
import { CLOCK, type Clock, LOGGER } from '@millrace/service';
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

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

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
  private readonly opening: Promise<void>;
  private open = false;
  /** One decision at a time, so that two never take the same version. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly events: DirectEvents,
    lifecycle: MessagingEvents,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.opening = new Promise((resolve) => lifecycle.on('broadcastsComplete', resolve as () => void));
    void this.opening.then(() => this.opened());
  }

  fact(type: QuarantineFact['type'], received: Received<unknown>): void {
    const fact = { type, data: received.data } as QuarantineFact;
    const { digest } = fact.data;
    this.quarantines.set(digest, evolveQuarantine(this.stateOf(digest), fact));
    if (type === 'QuarantineLifted') this.deaths.forget(digest);
    if (received.causationId) this.answered.add(received.causationId);
  }

  /** Commands wait until every fact has been read: only then is it known which are answered. */
  async command(received: Received<LiftQuarantine>): Promise<void> {
    if (!this.open) this.pending.push(received);
    else await this.inTurn(() => this.answer(received));
  }

  private async opened(): Promise<void> {
    this.open = true;
    await Promise.all(this.pending.splice(0).map((command) => this.answerAtLast(command)));
  }

  /** Nobody reads the command again before the next start, so it is not given up. */
  private async answerAtLast(command: Received<LiftQuarantine>): Promise<void> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        return await this.inTurn(() => this.answer(command));
      } catch (error) {
        this.logger.warn({ command: command.id, err: error }, 'A command could not be answered, trying again');
        await sleep(wait, undefined, { ref: false });
      }
    }
  }

  /** A lane worker died inside a call of this model. Decided when every fact is known: a version is taken once. */
  died(digest: string, how: string): Promise<void> {
    const now = this.clock.now();
    const count = this.deaths.record(digest, now);
    if (count < DEATHS_TO_QUARANTINE) return Promise.resolve();
    return this.inTurn(async () => {
      await this.opening;
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
