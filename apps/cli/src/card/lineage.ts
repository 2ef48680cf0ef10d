import {
  ApprovalGranted,
  LearnerSnapshotTaken,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseProposed,
  RunCompleted,
  RunPlanned,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';

/** Names by which the facts about a version are found; null where no fact says it. */
export interface Lineage {
  readonly model: string;
  readonly version: number;
  /** SHA-256 of the model file. */
  readonly digest: string | null;
  readonly run: string | null;
  /** The snapshot that it is. */
  readonly learner: ModelVersionRegistered['learner'];
  readonly dataset: string | null;
  readonly source: string | null;
}

type Facts = readonly Received<unknown>[];

/**
 * What a version comes from, told by whichever fact is there: a card must not lose what a run says because the fact of
 * the version is gone. A release names the digest too, and a completed run the bytes that it gave.
 */
export function lineageOf(facts: Facts, model: string, version: number): Lineage {
  const registered = all<ModelVersionRegistered>(facts, ModelVersionRegistered).find(
    (one) => one.model === model && one.version === version,
  );
  const digest = registered?.artifact.digest ?? releasedDigest(facts, model, version);
  const run = registered
    ? registered.run
    : (all<RunCompleted>(facts, RunCompleted).find(
        (one) => one.result.artifact.digest === digest && one.model === model,
      )?.run ?? null);
  const learner = registered ? registered.learner : snapshotOf(facts, digest);
  const ofRun = [...all<RunCompleted>(facts, RunCompleted), ...all<RunPlanned>(facts, RunPlanned)];
  const dataset = registered ? registered.dataset : (ofRun.find((one) => one.run === run)?.dataset ?? null);
  // `<source>:<number>`, or `<endpoint>.v<major>:<number>`: the name of a data set names where it was cut from.
  return { model, version, digest, run, learner, dataset, source: dataset?.slice(0, dataset.lastIndexOf(':')) ?? null };
}

function snapshotOf(facts: Facts, digest: string | null): Lineage['learner'] {
  const taken = all<LearnerSnapshotTaken>(facts, LearnerSnapshotTaken).find((one) => one.artifact.digest === digest);
  return taken ? { learner: taken.learner, offset: taken.offset, stateHash: taken.stateHash } : null;
}

function releasedDigest(facts: Facts, model: string, version: number): string | null {
  const arms = all<ReleaseActivated>(facts, ReleaseActivated).flatMap((one) => one.arms);
  const live = arms.find((one) => one.model === model && one.version === version);
  const asked = [...all<ReleaseProposed>(facts, ReleaseProposed), ...all<ApprovalGranted>(facts, ApprovalGranted)];
  return live?.artifact.digest ?? asked.find((one) => one.model === model && one.version === version)?.digest ?? null;
}

const all = <T>(facts: Facts, record: { readonly fullName: string }): T[] =>
  facts.flatMap((fact) => (fact.record === record.fullName ? [fact.data as T] : []));
