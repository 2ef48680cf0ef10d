import {
  type ArtifactRef,
  type DecisionContext,
  type LearnerLineage,
  type ModelSignature,
  type ModelVersionRegistered,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import type { Model, ModelFact, ModelVersion } from './model';

export interface NewVersion {
  readonly model: string;
  readonly artifact: ArtifactRef;
  readonly signature: ModelSignature;
  readonly origin: 'RUN' | 'IMPORT' | 'LEARNER';
  readonly run: string | null;
  readonly dataset: string | null;
  readonly datasetDigest: string | null;
  readonly learner: LearnerLineage | null;
  readonly metrics: Record<string, number>;
  readonly description: string;
}

/**
 * The next version of a model. A run gives one version at most, however often its completion is delivered, and so does a
 * learner at an offset. The same bytes from another run or learner are a version of their own, because their lineage differs; the same bytes imported
 * again are refused, because nothing about them would differ.
 */
export function registerVersion(model: Model, candidate: NewVersion, context: DecisionContext): ModelFact[] {
  if (model.versions.some((one) => isOfSameOrigin(one, candidate))) return [];
  const twin = model.versions.find((one) => one.artifact.digest === candidate.artifact.digest);
  if (candidate.origin === 'IMPORT' && twin)
    return refuseVersion(candidate.model, candidate.artifact.digest, 'io.millrace.registry.ImportModel', context, {
      reasonCode: 'DUPLICATE_VERSION',
      reason: `${candidate.model}:${twin.version} has the same bytes: use that version.`,
    });
  const data: ModelVersionRegistered = {
    ...stamp(context),
    version: model.versions.length + 1,
    registeredBy: context.actor,
    ...candidate,
  };
  return [{ type: 'ModelVersionRegistered', data }];
}

function isOfSameOrigin(version: ModelVersion, { run, learner }: NewVersion): boolean {
  if (run !== null) return version.run === run;
  return learner !== null && version.learner?.learner === learner.learner && version.learner.offset === learner.offset;
}

export function refuseVersion(
  model: string,
  digest: string | null,
  command: string,
  context: DecisionContext,
  refusal: { reasonCode: string; reason: string },
): ModelFact[] {
  return [{ type: 'ModelVersionRefused', data: { ...refusalOf(context, command, refusal), model, digest } }];
}
