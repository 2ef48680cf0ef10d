import {
  ApprovalGranted,
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  endpointFamily,
  type FeatureSpec,
  type LearnerLineage,
  LearnerSnapshotTaken,
  LearnerStarted,
  ModelClassified,
  ModelVersionRegistered,
  NoticeAttached,
  type PrequentialScores,
  type RecordSchema,
  ReleaseActivated,
  RunCompleted,
  RunPlanned,
  SourceRegistered,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Lineage } from './lineage';
import type { CardField } from './model-card';

/** What facts of one kind say about a version. */
export interface Told {
  readonly record: { readonly fullName: string };
  readonly isAbout: (data: never, lineage: Lineage) => boolean;
  readonly say: (data: never) => string[];
}

/** How one field comes from the log: from the newest fact that is about the version. */
export interface Rule {
  /** A version of a run and a snapshot of a learner have facts of different kinds: never both. */
  readonly told: readonly Told[];
  /** What was said about that fact afterwards, and is told with it. */
  readonly afterwards?: Told;
  /** What would fill it. */
  readonly missing: (lineage: Lineage) => string;
}

const told = <T>(
  record: RecordSchema<T>,
  isAbout: (data: T, lineage: Lineage) => boolean,
  say: (data: T) => string[],
): Told => ({ record, isAbout, say });
const rule = (kinds: Told | readonly Told[], missing: Rule['missing'], afterwards?: Told): Rule => ({
  told: [kinds].flat(),
  missing,
  ...(afterwards && { afterwards }),
});

const figures = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(5)}`)
    .join(', ');
const scored = ({ accuracy, auc, logLoss }: PrequentialScores): string =>
  Object.entries({ accuracy, AUC: auc, 'log loss': logLoss })
    .map(([name, value]) => `${name} ${value === null ? '?' : value.toPrecision(5)}`)
    .join(', ');
const featuresOf = ({ features }: { readonly features: readonly FeatureSpec[] }): string =>
  features.map(({ name, meaning }) => (meaning ? `${name} (${meaning})` : name)).join('; ');
const day = (ms: number | null): string => (ms === null ? '?' : new Date(ms).toISOString().slice(0, 10));
const said = (prefix: string, text: string): string[] => (text.trim() === '' ? [] : [`${prefix}${text.trim()}`]);

const madeBy = (run: string | null, learner: ModelVersionRegistered['learner']): string =>
  learner
    ? `it is a snapshot of the learner ${learner.learner} at offset ${learner.offset}`
    : run === null
      ? 'it was imported'
      : `it comes from run ${run}`;

/** What is missing of how a version was made: by a learner, by a run, or not here. */
const notOnLog =
  (ofLearner: (learner: LearnerLineage) => string, ofRun: (run: string) => string): Rule['missing'] =>
  ({ run, learner }) => {
    if (learner !== null) return `${ofLearner(learner)} is not on the log`;
    return run === null ? NOT_TRAINED : `${ofRun(run)} is not on the log`;
  };

const NOT_TRAINED = 'the model was not trained here';

const notTrained = ({ learner }: Lineage): string =>
  learner === null
    ? NOT_TRAINED
    : `it learned from labelled examples one by one, not from a data set: millrace learner show ${learner.learner}`;

export const RULES: Readonly<Record<CardField, Rule>> = {
  version: rule(
    told(
      ModelVersionRegistered,
      (data, { model, version }) => data.model === model && data.version === version,
      ({ model, version, run, learner, artifact, signature, description, registeredBy }) => [
        `${model}:${version} was registered on the log by ${registeredBy}; ${madeBy(run, learner)}.`,
        ...said('', description),
        `The ONNX file has the SHA-256 ${artifact.digest} and ${artifact.size} bytes.`,
        `It takes ${signature.inputs.map(({ field, type }) => `${field} (${type})`).join(', ')} and gives ${signature.outputs.map(({ field, type }) => `${field} (${type})`).join(', ')}.`,
      ],
    ),
    ({ model, version }) => `the registry says nothing of ${model}:${version}`,
  ),
  risk: rule(
    told(
      ModelClassified,
      (data, { model }) => data.model === model,
      ({ riskClass, reasons, purpose, by }) => [
        `The risk class is ${riskClass}, set by ${by}: ${reasons.join(' ')}`,
        ...said('Purpose: ', purpose),
      ],
    ),
    ({ model }) => `millrace risk set ${model} <class> --reason "..." --purpose "..."`,
  ),
  notice: rule(
    told(
      NoticeAttached,
      (data, { model }) => data.model === model,
      ({ notice, by }) => [`People are told, by the words of ${by}: ${notice}`],
    ),
    ({ model }) => `millrace risk notice ${model} --text "..."`,
  ),
  plan: rule(
    [
      told(
        RunPlanned,
        (data, { run }) => data.run === run,
        ({ plan, requestedBy, verdict, planDigest }) => [
          `${requestedBy} asked for the run: ${plan.task}, target ${plan.target.column}${plan.target.meaning ? ` (${plan.target.meaning})` : ''}.`,
          `Features: ${featuresOf(plan)}.`,
          `Candidates: ${plan.candidates.map(({ name, learner }) => `${name} (${learner})`).join(', ')}; ${plan.folds} folds in time order, seed ${plan.seed}; plan ${planDigest}.`,
          ...(verdict === null ? [] : [`The verdict on the data was ${verdict} when the run was planned.`]),
        ],
      ),
      told(
        LearnerStarted,
        (data, { learner }) => data.learner === learner?.learner,
        ({ learner, startedBy, labelledTopic, plan }) => [
          `${startedBy} started the learner ${learner}: ${plan.algorithm}, one labelled example after another from ${labelledTopic}.`,
          `Features: ${featuresOf(plan)}.`,
          `Settings: ${figures(plan.parameters) || 'the defaults'}; changes in its errors are watched by ${plan.detector}.`,
        ],
      ),
    ],
    notOnLog(
      ({ learner }) => `the start of the learner ${learner}`,
      (run) => `the plan of run ${run}`,
    ),
  ),
  training: rule(
    [
      told(
        RunCompleted,
        (data, { run }) => data.run === run,
        ({ result }) => [
          `${result.chosen} was chosen by cross-validation and refitted (trainer ${result.trainerVersion}).`,
          `On the hold-out set: ${figures(result.holdOut)}. The baseline, which ignores all features: ${figures(result.baseline)}.`,
          `ONNX Runtime and the trainer differ by at most ${result.parityMaxDifference} on ${result.parityRows} rows.`,
          ...result.warnings.map((warning) => `Limitation: ${warning}.`),
        ],
      ),
      told(
        LearnerSnapshotTaken,
        (data, { learner }) => data.learner === learner?.learner && data.offset === learner.offset,
        ({ taken, learned, offset, stateHash, window, scores, beside, parity }) => [
          `It has seen ${taken} labelled examples and learned from ${learned}, up to offset ${offset}; its state has the SHA-256 ${stateHash}.`,
          `Predicted before they were learned from, the last ${window} examples gave: ${scored(scores)}.`,
          ...(beside === null
            ? []
            : [
                `On ${beside.examples} examples that both scored, the released model gave: ${scored(beside.released)}; the learner: ${scored(beside.learner)}.`,
              ]),
          `ONNX Runtime and the learner differ by at most ${parity.maxDifference} on ${parity.rows} rows.`,
        ],
      ),
    ],
    notOnLog(
      ({ learner, offset }) => `the snapshot of ${learner} at offset ${offset}`,
      (run) => `the end of run ${run}`,
    ),
  ),
  data: rule(
    told(
      DatasetRegistered,
      (data, { dataset }) => data.dataset === dataset,
      ({ dataset, rows, digest, topic, training, holdOut, split }) => [
        `Trained on ${dataset}: ${rows} records of ${topic}, digest ${digest}.`,
        `${training.rows} rows to train on (${day(training.minEventTime)} to ${day(training.maxEventTime)}), ${holdOut.rows} held out (${day(holdOut.minEventTime)} to ${day(holdOut.maxEventTime)}), split by ${split}.`,
      ],
    ),
    (lineage) => (lineage.dataset === null ? notTrained(lineage) : `${lineage.dataset} is not on the log`),
  ),
  provenance: rule(
    [
      told(
        SourceRegistered,
        (data, { source }) => data.source === source,
        ({ source, owner, licence, description, proposedFrom }) => [
          `The source ${source} belongs to ${owner}; licence: ${licence}${proposedFrom ? `; from ${proposedFrom}` : ''}.`,
          ...said('', description),
        ],
      ),
      told(
        EndpointCreated,
        (data, { source }) => endpointFamily(data) === source,
        ({ endpoint, major, createdBy, requestsTopic, outcomesTopic }) => [
          `The records are labelled examples of the endpoint ${endpoint} (major ${major}), made by ${createdBy}: requests from ${requestsTopic}, outcomes from ${outcomesTopic}.`,
        ],
      ),
    ],
    (lineage) =>
      lineage.source === null
        ? notTrained(lineage)
        : `where the records of ${lineage.source} come from is not on the log`,
  ),
  verdict: rule(
    told(
      DatasetJudged,
      (data, { dataset }) => data.dataset === dataset,
      ({ dataset, verdict, columns, broken, suspicions, expectationSet }) => [
        `${dataset} was judged ${verdict}: ${columns.length} columns profiled, ${broken.length} expectations broken, ${suspicions.length} suspicions (expectation set ${expectationSet ?? 'none yet'}).`,
        ...broken.map(({ reason }) => `Broken: ${reason}`),
      ],
    ),
    (lineage) => (lineage.dataset === null ? notTrained(lineage) : `there is no verdict on ${lineage.dataset}`),
    told(
      VerdictOverridden,
      (data, { dataset }) => data.dataset === dataset,
      ({ dataset, by, reason }) => [`${by} let ${dataset} be trained on after all: ${reason}`],
    ),
  ),
  approval: rule(
    told(
      ApprovalGranted,
      (data, { model, version }) => data.model === model && data.version === version,
      ({ endpoint, policy, approvers, proposedBy, riskClass, binding }) => [
        `The release on ${endpoint}, proposed by ${proposedBy}, was granted by policy ${policy} for class ${riskClass}, ${approvers.length > 0 ? `with the approval of ${approvers.join(' and ')}` : 'which asks nobody'}; binding ${binding}.`,
      ],
    ),
    ({ model, version }) => `millrace release propose <endpoint> ${model}:${version}`,
  ),
  release: rule(
    told(
      ReleaseActivated,
      ({ arms }, { model, version }) => arms.some((arm) => arm.model === model && arm.version === version),
      ({ endpoint, revision, major, occurredAt }) => [
        `Last released on ${endpoint} (major ${major}) as revision ${revision}, on ${new Date(occurredAt).toISOString()}.`,
      ],
    ),
    ({ model, version }) => `millrace release propose <endpoint> ${model}:${version}`,
  ),
};
