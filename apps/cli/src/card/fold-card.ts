import {
  ApprovalGranted,
  DatasetJudged,
  DatasetRegistered,
  ModelClassified,
  ModelVersionRegistered,
  NoticeAttached,
  type RecordSchema,
  ReleaseActivated,
  RunCompleted,
  RunPlanned,
  SourceRegistered,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { type Lineage, lineageOf } from './lineage';
import { CARD_FIELDS, type CardField, type FilledField, type ModelCard } from './model-card';

/** How one field comes from the log: from the newest fact of this kind that is about the version. */
interface Rule {
  readonly record: { readonly fullName: string };
  readonly isAbout: (data: never, lineage: Lineage) => boolean;
  readonly say: (data: never, fact: Received<unknown>) => string[];
  /** What would fill it. */
  readonly missing: (lineage: Lineage) => string;
}

const rule = <T>(
  record: RecordSchema<T>,
  isAbout: (data: T, lineage: Lineage) => boolean,
  say: (data: T) => string[],
  missing: Rule['missing'],
): Rule => ({ record, isAbout, say, missing });

const figures = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(5)}`)
    .join(', ');
const day = (ms: number | null): string => (ms === null ? '?' : new Date(ms).toISOString().slice(0, 10));
const said = (prefix: string, text: string): string[] => (text.trim() === '' ? [] : [`${prefix}${text.trim()}`]);

const madeBy = (run: string | null, learner: ModelVersionRegistered['learner']): string =>
  learner
    ? `it is a snapshot of the learner ${learner.learner} at offset ${learner.offset}`
    : run === null
      ? 'it was imported'
      : `it comes from run ${run}`;

const RULES: Readonly<Record<CardField, Rule>> = {
  version: rule(
    ModelVersionRegistered,
    (data, { model, version }) => data.model === model && data.version === version,
    ({ model, version, run, learner, artifact, signature, description, registeredBy }) => [
      `${model}:${version} was registered on the log by ${registeredBy}; ${madeBy(run, learner)}.`,
      ...said('', description),
      `The ONNX file has the SHA-256 ${artifact.digest} and ${artifact.size} bytes.`,
      `It takes ${signature.inputs.map(({ field, type }) => `${field} (${type})`).join(', ')} and gives ${signature.outputs.map(({ field, type }) => `${field} (${type})`).join(', ')}.`,
    ],
    ({ model, version }) => `the registry says nothing of ${model}:${version}`,
  ),
  risk: rule(
    ModelClassified,
    (data, { model }) => data.model === model,
    ({ riskClass, reasons, purpose, by }) => [
      `The risk class is ${riskClass}, set by ${by}: ${reasons.join(' ')}`,
      ...said('Purpose: ', purpose),
    ],
    ({ model }) => `millrace risk set ${model} <class> --reason "..." --purpose "..."`,
  ),
  notice: rule(
    NoticeAttached,
    (data, { model }) => data.model === model,
    ({ notice, by }) => [`People are told, by the words of ${by}: ${notice}`],
    ({ model }) => `millrace risk notice ${model} --text "..."`,
  ),
  plan: rule(
    RunPlanned,
    (data, { run }) => data.run === run,
    ({ plan, requestedBy, verdict, planDigest }) => [
      `${requestedBy} asked for the run: ${plan.task}, target ${plan.target.column}${plan.target.meaning ? ` (${plan.target.meaning})` : ''}.`,
      `Features: ${plan.features.map(({ name, meaning }) => (meaning ? `${name} (${meaning})` : name)).join('; ')}.`,
      `Candidates: ${plan.candidates.map(({ name, learner }) => `${name} (${learner})`).join(', ')}; ${plan.folds} folds in time order, seed ${plan.seed}; plan ${planDigest}.`,
      ...(verdict === null ? [] : [`The verdict on the data was ${verdict} when the run was planned.`]),
    ],
    ({ run }) => (run === null ? 'the model was not trained here' : `the plan of run ${run} is not on the log`),
  ),
  training: rule(
    RunCompleted,
    (data, { run }) => data.run === run,
    ({ result }) => [
      `${result.chosen} was chosen by cross-validation and refitted (trainer ${result.trainerVersion}).`,
      `On the hold-out set: ${figures(result.holdOut)}. The baseline, which ignores all features: ${figures(result.baseline)}.`,
      `ONNX Runtime and the trainer differ by at most ${result.parityMaxDifference} on ${result.parityRows} rows.`,
      ...result.warnings.map((warning) => `Limitation: ${warning}.`),
    ],
    ({ run }) => (run === null ? 'the model was not trained here' : `the end of run ${run} is not on the log`),
  ),
  data: rule(
    DatasetRegistered,
    (data, { dataset }) => data.dataset === dataset,
    ({ dataset, rows, digest, topic, training, holdOut, split }) => [
      `Trained on ${dataset}: ${rows} accepted records of ${topic}, digest ${digest}.`,
      `${training.rows} rows to train on (${day(training.minEventTime)} to ${day(training.maxEventTime)}), ${holdOut.rows} held out (${day(holdOut.minEventTime)} to ${day(holdOut.maxEventTime)}), split by ${split}.`,
    ],
    ({ dataset }) => (dataset === null ? 'the model was not trained here' : `${dataset} is not on the log`),
  ),
  provenance: rule(
    SourceRegistered,
    (data, { source }) => data.source === source,
    ({ source, owner, licence, description, proposedFrom }) => [
      `The source ${source} belongs to ${owner}; licence: ${licence}${proposedFrom ? `; from ${proposedFrom}` : ''}.`,
      ...said('', description),
    ],
    ({ source }) => (source === null ? 'the model was not trained here' : `the source ${source} is not on the log`),
  ),
  verdict: rule(
    DatasetJudged,
    (data, { dataset }) => data.dataset === dataset,
    ({ dataset, verdict, columns, broken, suspicions, expectationSet }) => [
      `${dataset} was judged ${verdict}: ${columns.length} columns profiled, ${broken.length} expectations broken, ${suspicions.length} suspicions (expectation set ${expectationSet ?? 'none yet'}).`,
      ...broken.map(({ reason }) => `Broken: ${reason}`),
    ],
    ({ dataset }) => (dataset === null ? 'the model was not trained here' : `there is no verdict on ${dataset}`),
  ),
  approval: rule(
    ApprovalGranted,
    (data, { model, version }) => data.model === model && data.version === version,
    ({ endpoint, policy, approvers, proposedBy, riskClass, binding }) => [
      `The release on ${endpoint}, proposed by ${proposedBy}, was granted by policy ${policy} for class ${riskClass}, ${approvers.length > 0 ? `with the approval of ${approvers.join(' and ')}` : 'which asks nobody'}; binding ${binding}.`,
    ],
    ({ model, version }) => `millrace release propose <endpoint> ${model}:${version}`,
  ),
  release: rule(
    ReleaseActivated,
    ({ arms }, { model, version }) => arms.some((arm) => arm.model === model && arm.version === version),
    ({ endpoint, revision, major, occurredAt }) => [
      `Last released on ${endpoint} (major ${major}) as revision ${revision}, on ${new Date(occurredAt).toISOString()}.`,
    ],
    ({ model, version }) => `millrace release propose <endpoint> ${model}:${version}`,
  ),
};

/** The types of facts that a card is folded from. */
export const CARD_RECORDS = Object.values(RULES).map(({ record }) => record.fullName);

/** The card of one version: a pure function of what is on the log. @returns null when no fact speaks of it */
export function foldCard(facts: readonly Received<unknown>[], model: string, version: number): ModelCard | null {
  const lineage = lineageOf(facts, model, version);
  if (lineage.digest === null) return null;
  const fields = CARD_FIELDS.map((field) => fill(field, facts, lineage));
  return { model, version, fields };
}

function fill(field: CardField, facts: readonly Received<unknown>[], lineage: Lineage): FilledField {
  const { record, isAbout, say, missing } = RULES[field];
  const fact = facts.findLast((one) => one.record === record.fullName && isAbout(one.data as never, lineage));
  if (!fact) return { field, sentences: [], missing: missing(lineage) };
  const { topic, partition, offset } = fact;
  const sentences = say(fact.data as never, fact).map((text) => ({ text, topic, partition, offset }));
  return { field, sentences, missing: null };
}
