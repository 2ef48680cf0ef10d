import type {
  DecisionContext,
  RetrainingCause,
  RetrainingConditions,
  RetrainingDropped,
  RetrainingPostponed,
  RetrainingRequested,
  TriggerDeclared,
  TriggerRefused,
} from '@millrace/contracts';
import { stamp } from '@millrace/contracts';

export type DeclaredTrigger = Omit<TriggerDeclared, 'aggregateVersion' | 'occurredAt'>;

/** When a model is to be trained anew, and when that was asked for last. Times are milliseconds since 1970. */
export interface Trigger {
  /** Null while nobody has declared it. */
  readonly declared: DeclaredTrigger | null;
  readonly declaredAt: number | null;
  readonly requestedAt: number | null;
  /** What met a condition while the trigger cooled down, oldest first. */
  readonly postponed: readonly RetrainingCause[];
}

export type TriggerFact =
  | { readonly type: 'TriggerDeclared'; readonly data: TriggerDeclared }
  | { readonly type: 'RetrainingRequested'; readonly data: RetrainingRequested }
  | { readonly type: 'RetrainingPostponed'; readonly data: RetrainingPostponed }
  | { readonly type: 'RetrainingDropped'; readonly data: RetrainingDropped }
  | { readonly type: 'TriggerRefused'; readonly data: TriggerRefused };

/** More causes of one cool-down are not kept: one of them is enough for a run. */
export const MAX_POSTPONED = 20;

export const noTrigger = (): Trigger => ({ declared: null, declaredAt: null, requestedAt: null, postponed: [] });

/** The only writer of a trigger's state: also used by a rebuild from `monitoring.retraining.v1`. */
export function evolveTrigger(trigger: Trigger, fact: TriggerFact): Trigger {
  switch (fact.type) {
    case 'TriggerDeclared': {
      const { aggregateVersion: _, occurredAt, ...declared } = fact.data;
      const postponed = trigger.postponed.filter(({ kind }) => wants(declared.conditions, kind));
      return { ...trigger, declared, declaredAt: occurredAt, postponed };
    }
    case 'RetrainingRequested':
      return { ...trigger, requestedAt: fact.data.occurredAt, postponed: [] };
    case 'RetrainingPostponed':
      return { ...trigger, postponed: [...trigger.postponed, fact.data.cause] };
    case 'RetrainingDropped':
      return { ...trigger, postponed: trigger.postponed.filter(({ event }) => event !== fact.data.cause.event) };
    case 'TriggerRefused':
      return trigger;
  }
}

function wants({ drift, quality, newData, everyMs }: RetrainingConditions, kind: RetrainingCause['kind']): boolean {
  switch (kind) {
    case 'DRIFT':
      return drift;
    case 'QUALITY':
      return quality;
    case 'NEW_DATA':
      return newData;
    case 'SCHEDULE':
      return everyMs !== null;
    default:
      return false;
  }
}

/** When the next run may be asked for; null = it may be already, for none was asked for. */
export const coolsDownUntil = ({ declared, requestedAt }: Trigger): number | null =>
  declared === null || requestedAt === null ? null : requestedAt + declared.coolDownMs;

const isCooling = (trigger: Trigger, now: number): boolean =>
  now < (coolsDownUntil(trigger) ?? Number.NEGATIVE_INFINITY);

/**
 * Something has happened that may meet a condition: a run is asked for at once, or when the cool-down is over.
 *
 * @param run id of the run, should there be one.
 */
export function takeCause(
  trigger: Trigger,
  cause: RetrainingCause,
  run: string,
  context: DecisionContext,
): TriggerFact[] {
  const { declared, postponed } = trigger;
  if (declared === null || !wants(declared.conditions, cause.kind)) return [];
  if (!isCooling(trigger, context.now)) {
    const dataset = cause.kind === 'NEW_DATA' ? cause.subject : null;
    return [requested(declared, { cause, run, dataset, reason: '', requestedBy: declared.declaredBy }, context)];
  }
  if (postponed.length >= MAX_POSTPONED || postponed.some(({ event }) => event === cause.event)) return [];
  const until = coolsDownUntil(trigger) as number;
  return [{ type: 'RetrainingPostponed', data: { ...stamp(context), trigger: declared.trigger, cause, until } }];
}

/** An alert is resolved: what it has postponed is not needed any more. */
export function dropCauses({ declared, postponed }: Trigger, alert: string, context: DecisionContext): TriggerFact[] {
  if (declared === null) return [];
  return postponed
    .filter(({ kind, subject }) => (kind === 'DRIFT' || kind === 'QUALITY') && subject === alert)
    .map((cause, index) => ({
      type: 'RetrainingDropped',
      data: { ...stamp({ ...context, version: context.version + index }), trigger: declared.trigger, cause },
    }));
}

/**
 * Time has passed: what was postponed is asked for when the cool-down is over, and a schedule when it is due.
 *
 * @param last what a schedule follows from: the trigger's own last fact.
 */
export function wakeTrigger(
  trigger: Trigger,
  last: Pick<RetrainingCause, 'event' | 'correlationId'>,
  run: string,
  context: DecisionContext,
): TriggerFact[] {
  const { declared, declaredAt, requestedAt, postponed } = trigger;
  if (declared === null || isCooling(trigger, context.now)) return [];
  const { everyMs } = declared.conditions;
  const isDue = everyMs !== null && context.now >= Math.max(requestedAt ?? 0, declaredAt ?? 0) + everyMs;
  const cause = postponed[0] ?? (isDue ? { kind: 'SCHEDULE' as const, subject: '', ...last } : null);
  if (cause === null) return [];
  return [requested(declared, { cause, run, dataset: null, reason: '', requestedBy: declared.declaredBy }, context)];
}

type Demand = Pick<RetrainingRequested, 'cause' | 'run' | 'dataset' | 'reason' | 'requestedBy'>;

export const requested = (
  { trigger, endpoint, model, source, plan }: DeclaredTrigger,
  demand: Demand,
  context: DecisionContext,
): TriggerFact => ({
  type: 'RetrainingRequested',
  data: { ...stamp(context), trigger, endpoint, model, source, plan, ...demand },
});
