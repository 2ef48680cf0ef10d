import { boolean, enumeration, event, long, nullable, record, refusal, string, timestamp } from '../schema/dsl';
import type { Infer } from '../schema/types';
import { TrainingPlan } from './training';

const NS = 'io.millrace.monitoring';

export const RetrainingConditions = record(
  `${NS}.RetrainingConditions`,
  'When a trigger asks for a run by itself; with none of them it is pulled by hand only',
  {
    drift: boolean('An alert of the rule DRIFT about all responses of the endpoint'),
    quality: boolean('An alert of AUC, LOG_LOSS, CALIBRATION or ERROR about all responses of the endpoint'),
    newData: boolean('A new data set of the source was accepted'),
    everyMs: nullable(
      long('So much time has passed since the last request, or the declaration, in ms; null = no schedule'),
    ),
  },
);
export type RetrainingConditions = Infer<typeof RetrainingConditions>;

export const RetrainingCause = record(`${NS}.RetrainingCause`, 'What met a condition of a trigger', {
  kind: enumeration(
    `${NS}.RetrainingCauseKind`,
    ['UNKNOWN', 'DRIFT', 'QUALITY', 'NEW_DATA', 'SCHEDULE', 'BY_HAND'],
    'DRIFT, QUALITY: an alert; NEW_DATA: an accepted data set; SCHEDULE: time has passed; BY_HAND: a command',
    'UNKNOWN',
  ),
  subject: string('Id of the alert or of the data set; empty for SCHEDULE and BY_HAND'),
  event: string('Id of the fact or command that met it: the causation id of what follows'),
  correlationId: string('Correlation id of that'),
});
export type RetrainingCause = Infer<typeof RetrainingCause>;

const TRIGGER = 'Name of the trigger: [a-z][a-z0-9-]{0,62}';
const COOL_DOWN = 'Least time from one request to the next, in ms';

export const DeclareTrigger = record(
  `${NS}.DeclareTrigger`,
  'Command: say when a model is to be trained anew; of a trigger that exists already, the new declaration counts',
  {
    trigger: string(TRIGGER),
    endpoint: string('Endpoint whose alerts count'),
    model: nullable(string('Model that the runs make versions of; null = the one that the endpoint serves')),
    source: nullable(
      string(
        'Source of the data sets, or <endpoint>.v<major> for its labelled examples; null = that of the version that the endpoint serves',
      ),
    ),
    plan: nullable(TrainingPlan, 'Plan of the runs; null = that of the version that the endpoint serves'),
    conditions: RetrainingConditions,
    coolDownMs: long(COOL_DOWN),
  },
);
export type DeclareTrigger = Infer<typeof DeclareTrigger>;

export const TriggerDeclared = event(`${NS}.TriggerDeclared`, 'A model is to be trained anew under these conditions', {
  trigger: string(TRIGGER),
  endpoint: string('Endpoint whose alerts count'),
  model: string('Model that the runs make versions of'),
  source: string('Source of the data sets, or <endpoint>.v<major>: its labelled examples'),
  plan: TrainingPlan,
  conditions: RetrainingConditions,
  coolDownMs: long(COOL_DOWN),
  declaredBy: string('Actor'),
});
export type TriggerDeclared = Infer<typeof TriggerDeclared>;

export const RequestRetraining = record(`${NS}.RequestRetraining`, 'Command: pull a trigger by hand', {
  trigger: string(TRIGGER),
  dataset: nullable(string('Data set to train on; null = the newest one of the source that is fit for it')),
  reason: string('Why, for people; may be empty'),
});
export type RequestRetraining = Infer<typeof RequestRetraining>;

export const RetrainingRequested = event(`${NS}.RetrainingRequested`, 'A model is to be trained anew, now', {
  trigger: string(TRIGGER),
  endpoint: string(),
  model: string(),
  run: string('Id of the run (UUIDv5 of the trigger and of this fact’s aggregateVersion): a repeat is the same run'),
  source: string('Source of the data set'),
  dataset: nullable(string('Data set to train on; null = the newest one of the source that is fit for it')),
  plan: TrainingPlan,
  cause: RetrainingCause,
  reason: string('Why, for people; may be empty'),
  requestedBy: string('Actor who pulled the trigger; else the one who declared it'),
});
export type RetrainingRequested = Infer<typeof RetrainingRequested>;

export const RetrainingPostponed = event(
  `${NS}.RetrainingPostponed`,
  'A condition was met while the trigger cools down: a run is asked for when that is over',
  {
    trigger: string(TRIGGER),
    cause: RetrainingCause,
    until: timestamp('When the cool-down is over'),
  },
);
export type RetrainingPostponed = Infer<typeof RetrainingPostponed>;

export const RetrainingDropped = event(
  `${NS}.RetrainingDropped`,
  'What was postponed is no longer needed: its alert is resolved',
  { trigger: string(TRIGGER), cause: RetrainingCause },
);
export type RetrainingDropped = Infer<typeof RetrainingDropped>;

export const TriggerRefused = refusal(`${NS}.TriggerRefused`, 'A command about a trigger was refused', {
  trigger: string(TRIGGER),
});
export type TriggerRefused = Infer<typeof TriggerRefused>;
