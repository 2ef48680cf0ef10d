import { type Clock, type DecisionContext, type RetrainingCause, Topics } from '@millrace/contracts';
import { type Cause, controlEventId, MILLRACE_NAMESPACE, type Received, uuidV5 } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { CLOCK } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { dropCauses, type Trigger, type TriggerFact, takeCause, wakeTrigger } from '../domain/trigger';
import { contextOf } from '../handlers/context';
import { TriggerRepository } from '../persistence/trigger.repository';

type Decide = (trigger: Trigger, context: DecisionContext, run: string) => TriggerFact[];

/** Lets triggers decide: on what happens to their endpoint and source, on commands, and when time has passed. */
@Injectable()
export class Retraining {
  constructor(
    private readonly triggers: TriggerRepository,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Inside a unit of work. */
  async decide(name: string, event: Pick<Received<unknown>, 'id' | 'actor'> & Cause, how: Decide): Promise<void> {
    const trigger = await this.triggers.load(name);
    const context = contextOf(event, trigger, this.clock.now());
    await this.triggers.save(trigger, how(trigger.state, context, runOf(name, trigger.version + 1)), event);
  }

  /** Something that may meet a condition, of the triggers of an endpoint or a source. Inside a unit of work. */
  async take(cause: RetrainingCause, of: 'endpoint' | 'source', name: string, event: Received<unknown>): Promise<void> {
    for (const trigger of await this.triggers.about(of, name))
      await this.decide(trigger, event, (state, context, run) => takeCause(state, cause, run, context));
  }

  /** Inside a unit of work. */
  async drop(alert: string, endpoint: string, event: Received<unknown>): Promise<void> {
    for (const trigger of await this.triggers.about('endpoint', endpoint))
      await this.decide(trigger, event, (state, context) => dropCauses(state, alert, context));
  }

  /** Pulls what time alone pulls. */
  async wake(): Promise<void> {
    const names = await this.unitOfWork.run(() => this.triggers.waiting());
    for (const name of names) await this.unitOfWork.run(() => this.wakeOne(name));
  }

  private async wakeOne(name: string): Promise<void> {
    const trigger = await this.triggers.load(name);
    const { version, state } = trigger;
    // A schedule follows from what the trigger itself said last; what was postponed, from what met the condition then.
    const last = controlEventId(Topics.retraining.name, name, version);
    const context = contextOf({ id: last, actor: null }, trigger, this.clock.now());
    const facts = wakeTrigger(state, { event: last, correlationId: last }, runOf(name, version + 1), context);
    for (const fact of facts)
      if (fact.type === 'RetrainingRequested') {
        const { event: id, correlationId } = fact.data.cause;
        await this.triggers.save(trigger, facts, { id, correlationId, traceparent: null });
      }
  }
}

const runOf = (trigger: string, version: number): string =>
  uuidV5(MILLRACE_NAMESPACE, `retraining/${trigger}/${version}`);
