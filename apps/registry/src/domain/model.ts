import type {
  ArtifactRef,
  LearnerLineage,
  ModelAliasSet,
  ModelSignature,
  ModelVersionRefused,
  ModelVersionRegistered,
} from '@millrace/contracts';

/** A model and its versions. Version n is at index n - 1. */
export interface Model {
  readonly versions: readonly ModelVersion[];
  readonly aliases: Readonly<Record<string, number>>;
}

export interface ModelVersion {
  readonly version: number;
  readonly artifact: ArtifactRef;
  readonly signature: ModelSignature;
  readonly run: string | null;
  readonly learner: LearnerLineage | null;
  /** Absent: saved before versions knew theirs. */
  readonly dataset?: string | null;
}

export type ModelFact =
  | { readonly type: 'ModelVersionRegistered'; readonly data: ModelVersionRegistered }
  | { readonly type: 'ModelAliasSet'; readonly data: ModelAliasSet }
  | { readonly type: 'ModelVersionRefused'; readonly data: ModelVersionRefused };

export const noModel = (): Model => ({ versions: [], aliases: {} });

/** The only writer of a model's state: also used by a rebuild from `registry.models.v1`. */
export function evolveModel(model: Model, fact: ModelFact): Model {
  switch (fact.type) {
    case 'ModelVersionRegistered': {
      const { version, artifact, signature, run, learner, dataset } = fact.data;
      return { ...model, versions: [...model.versions, { version, artifact, signature, run, learner, dataset }] };
    }
    case 'ModelAliasSet':
      return { ...model, aliases: { ...model.aliases, [fact.data.alias]: fact.data.version } };
    case 'ModelVersionRefused':
      return model;
  }
}

export function versionOf(model: Model, version: number): ModelVersion | undefined {
  return model.versions[version - 1];
}
