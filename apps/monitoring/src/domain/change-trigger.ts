import {
  DATASET_SOURCE_PATTERN,
  type DecisionContext,
  DeclareTrigger,
  NAME_PATTERN,
  type Refusal,
  RequestRetraining,
  refusal,
  refusalOf,
  stamp,
  type TrainingPlan,
} from '@millrace/contracts';
import { coolsDownUntil, requested, type Trigger, type TriggerFact } from './trigger';

const MIN_MS = 1_000;
const MAX_MS = 366 * 24 * 3_600_000;

/** Where the version comes from that an endpoint serves; null where that is not known. */
export interface LiveOrigin {
  readonly model: string | null;
  readonly source: string | null;
  readonly plan: TrainingPlan | null;
}

/** @param live null when the endpoint has never served anything, as far as is known here. */
export function declareTrigger(
  command: DeclareTrigger,
  live: LiveOrigin | null,
  context: DecisionContext,
): TriggerFact[] {
  const { trigger, endpoint, conditions, coolDownMs } = command;
  const [model, source, plan] = [
    command.model ?? live?.model,
    command.source ?? live?.source,
    command.plan ?? live?.plan,
  ];
  const why = whyNotDeclare(command, live);
  if (why) return refuse(trigger, DeclareTrigger.fullName, why, context);
  if (!model || !source || !plan) return refuse(trigger, DeclareTrigger.fullName, originUnknown(endpoint), context);
  return [
    {
      type: 'TriggerDeclared',
      data: {
        ...stamp(context),
        trigger,
        endpoint,
        model,
        source,
        plan,
        conditions,
        coolDownMs,
        declaredBy: context.actor,
      },
    },
  ];
}

function whyNotDeclare(command: DeclareTrigger, live: LiveOrigin | null): Refusal | null {
  const { trigger, endpoint, model, source, conditions, coolDownMs } = command;
  for (const name of [trigger, endpoint, model])
    if (name !== null && !NAME_PATTERN.test(name))
      return refusal('BAD_NAME', `${JSON.stringify(name.slice(0, 100))} is not a name: use [a-z][a-z0-9-]{0,62}.`);
  if (source !== null && !DATASET_SOURCE_PATTERN.test(source))
    return refusal(
      'BAD_NAME',
      `${JSON.stringify(source.slice(0, 100))} is no source: name one, or the major of an endpoint, such as flights-late.v1.`,
    );
  for (const [what, ms] of [
    ['The cool-down', coolDownMs],
    ['The time of the schedule', conditions.everyMs],
  ] as const)
    if (ms !== null && (ms < MIN_MS || ms > MAX_MS))
      return refusal('BAD_TRIGGER', `${what} is ${ms} ms: it must be ${MIN_MS} to ${MAX_MS} (366 days).`);
  if (live === null)
    return refusal(
      'NOTHING_RELEASED',
      `Endpoint ${endpoint} has served nothing yet, so there is nothing to train anew: millrace release propose lets it serve a version.`,
    );
  return null;
}

const originUnknown = (endpoint: string): Refusal =>
  refusal(
    'ORIGIN_UNKNOWN',
    `What ${endpoint} serves comes from no training run that is known here: name model, source and plan of the runs.`,
  );

/** @param correlationId of the command. @param run id of the run, should there be one. */
export function requestRetraining(
  trigger: Trigger,
  command: RequestRetraining,
  { correlationId, run }: { readonly correlationId: string; readonly run: string },
  context: DecisionContext,
): TriggerFact[] {
  const { declared } = trigger;
  const refused = (why: Refusal) => refuse(command.trigger, RequestRetraining.fullName, why, context);
  if (declared === null) return refused(unknownTrigger(command.trigger));
  const left = (coolsDownUntil(trigger) ?? 0) - context.now;
  if (left > 0)
    return refused(
      refusal(
        'COOLING_DOWN',
        `${command.trigger} asked for a run less than ${declared.coolDownMs} ms ago: ask again in ${Math.ceil(left / 1_000)} s, or declare it with a shorter cool-down.`,
      ),
    );
  const cause = { kind: 'BY_HAND' as const, subject: '', event: context.causeId, correlationId };
  const { dataset, reason } = command;
  return [requested(declared, { cause, run, dataset, reason: reason.trim(), requestedBy: context.actor }, context)];
}

const unknownTrigger = (trigger: string): Refusal =>
  refusal(
    'UNKNOWN_TRIGGER',
    `There is no trigger ${JSON.stringify(trigger.slice(0, 100))}: millrace trigger list names those that there are.`,
  );

const refuse = (trigger: string, command: string, why: Refusal, context: DecisionContext): TriggerFact[] => [
  { type: 'TriggerRefused', data: { ...refusalOf(context, command, why), trigger } },
];
