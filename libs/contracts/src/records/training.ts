import {
  array,
  boolean,
  double,
  enumeration,
  event,
  int,
  long,
  map,
  nullable,
  record,
  refusal,
  string,
  timestamp,
} from '../schema/dsl';
import type { Infer } from '../schema/types';
import { ArtifactRef, Metrics, ModelSignature } from './shared';

const NS = 'io.millrace.training';

export const FeatureSpec = record(`${NS}.FeatureSpec`, 'One feature and the column that it comes from', {
  name: string('Request field and ONNX input'),
  column: string('Column of the data set'),
  kind: enumeration(
    `${NS}.FeatureKind`,
    ['UNKNOWN', 'NUMBER', 'CATEGORY', 'TIME'],
    'TIME: epoch milliseconds, from which clock features are computed in the graph',
    'UNKNOWN',
  ),
  meaning: string('For people'),
  closed: boolean('What training did not see (range, categories) is REJECTED instead of warned about', {
    default: false,
  }),
});
export type FeatureSpec = Infer<typeof FeatureSpec>;

export const Target = record(`${NS}.Target`, 'What is to be predicted', {
  column: string('Column of the data set'),
  threshold: nullable(
    double('The positive class is column > threshold; null = the column itself is 0/1 or the number to predict'),
  ),
  meaning: string('For people'),
});
export type Target = Infer<typeof Target>;

export const Candidate = record(`${NS}.Candidate`, 'One learner with its settings', {
  name: string(),
  learner: string('logistic-regression | gradient-boosted-trees'),
  parameters: map(double(), 'Setting -> value; what is missing takes the default'),
});
export type Candidate = Infer<typeof Candidate>;

export const TrainingPlan = record(`${NS}.TrainingPlan`, 'Everything that decides the bytes of the model', {
  task: enumeration(`${NS}.Task`, ['UNKNOWN', 'BINARY_CLASSIFICATION', 'REGRESSION'], 'Kind of model', 'UNKNOWN'),
  target: Target,
  features: array(FeatureSpec),
  candidates: array(Candidate),
  folds: int('Cross-validation folds, in time order where there is a time'),
  searchRows: int('Rows used by the search; the refit takes all'),
  seed: long(),
});
export type TrainingPlan = Infer<typeof TrainingPlan>;

export const StartTraining = record(`${NS}.StartTraining`, 'Command: train a model on a data set', {
  run: string('Id of the run, chosen by the caller (UUID)'),
  model: string('Name of the model: [a-z][a-z0-9-]{0,62}'),
  dataset: string('<source>:<number>'),
  plan: TrainingPlan,
});
export type StartTraining = Infer<typeof StartTraining>;

export const RunPlanned = event(`${NS}.RunPlanned`, 'A run will happen', {
  run: string(),
  model: string(),
  dataset: string(),
  datasetDigest: string(),
  training: ArtifactRef,
  holdOut: ArtifactRef,
  plan: TrainingPlan,
  planDigest: string('SHA-256 of the canonical plan'),
  requestedBy: string('Actor'),
  verdict: nullable(string('Verdict on the data set: ACCEPTED or OVERRIDDEN; null = planned before verdicts existed')),
});
export type RunPlanned = Infer<typeof RunPlanned>;

export const RunStarted = event(`${NS}.RunStarted`, 'A worker took the run (again)', {
  run: string(),
  job: string(),
  attempt: int('1, 2, 3 ...'),
  worker: string(),
});
export type RunStarted = Infer<typeof RunStarted>;

export const FoldScore = record(`${NS}.FoldScore`, 'One candidate on one fold', { fold: int(), metrics: Metrics });
export type FoldScore = Infer<typeof FoldScore>;

export const CandidateScore = record(`${NS}.CandidateScore`, 'One candidate over all folds', {
  candidate: string(),
  folds: array(FoldScore),
  mean: Metrics,
  sd: Metrics,
});
export type CandidateScore = Infer<typeof CandidateScore>;

export const TrainingResult = record(`${NS}.TrainingResult`, 'What a worker hands in', {
  chosen: string('Name of the candidate that was refitted on all rows'),
  candidates: array(CandidateScore),
  artifact: ArtifactRef,
  signature: ModelSignature,
  holdOut: Metrics,
  baseline: Metrics,
  parityRows: int('Rows on which trainer and ONNX Runtime were compared'),
  parityMaxDifference: double('Largest absolute difference seen'),
  warnings: array(string(), 'For example: feature month extrapolates on the hold-out set'),
  trainerVersion: string(),
});
export type TrainingResult = Infer<typeof TrainingResult>;

export const RunCompleted = event(`${NS}.RunCompleted`, 'A run gave a model', {
  run: string(),
  model: string(),
  dataset: string(),
  datasetDigest: string(),
  planDigest: string(),
  result: TrainingResult,
  verdict: nullable(string('Verdict of validation on the data set; null until validation exists')),
  beganAt: timestamp(),
  attempt: int(),
  worker: string(),
});
export type RunCompleted = Infer<typeof RunCompleted>;

export const RunFailed = event(`${NS}.RunFailed`, 'A run gave up', {
  run: string(),
  model: string(),
  attempt: int(),
  reasonCode: string(),
  reason: string(),
});
export type RunFailed = Infer<typeof RunFailed>;

export const RunRefused = refusal(`${NS}.RunRefused`, 'A run was not begun', {
  run: string(),
  model: string(),
  dataset: string(),
});
export type RunRefused = Infer<typeof RunRefused>;

export const JobAssigned = record(`${NS}.JobAssigned`, 'Orchestrator to worker: do this until the lease ends', {
  job: string('One job per run'),
  run: string(),
  attempt: int('Reports of an older attempt are ignored'),
  worker: string('Key of the record'),
  leaseMs: int('A report renews the lease'),
  model: string(),
  dataset: string(),
  datasetDigest: string(),
  planDigest: string(),
  training: ArtifactRef,
  holdOut: ArtifactRef,
  plan: TrainingPlan,
  inTimeOrder: boolean('Rows of both files stand in order of event time; false: there is no time'),
  checkpoint: nullable(ArtifactRef, 'Latest training checkpoint of an earlier attempt'),
});
export type JobAssigned = Infer<typeof JobAssigned>;

export const WorkerAnnounced = record(`${NS}.WorkerAnnounced`, 'Heartbeat of a worker: I am here and can do this', {
  worker: string('Key of the record'),
  capabilities: array(string(), 'Learner names'),
  host: string(),
  pid: int(),
  busyWith: nullable(string('Job')),
  stopping: boolean('True in the last one'),
});
export type WorkerAnnounced = Infer<typeof WorkerAnnounced>;

export const JobProgressed = record(`${NS}.JobProgressed`, 'Renews the lease', {
  job: string(),
  run: string(),
  attempt: int(),
  worker: string(),
  phase: string('prepare | search | refit | package | evaluate'),
  done: double('Of total, in the unit of the phase'),
  total: double(),
  checkpoint: nullable(ArtifactRef, 'Training checkpoint to resume from'),
  candidate: nullable(CandidateScore, 'A candidate that has just been scored'),
});
export type JobProgressed = Infer<typeof JobProgressed>;

export const JobSucceeded = record(`${NS}.JobSucceeded`, 'The job is done', {
  job: string(),
  run: string(),
  attempt: int(),
  worker: string(),
  result: TrainingResult,
});
export type JobSucceeded = Infer<typeof JobSucceeded>;

export const JobFailed = record(`${NS}.JobFailed`, 'The job cannot be done', {
  job: string(),
  run: string(),
  attempt: int(),
  worker: string(),
  reasonCode: string(),
  reason: string(),
  retriable: boolean(),
});
export type JobFailed = Infer<typeof JobFailed>;
