import type { ArtifactStore } from '@millrace/artifacts';
import { AppError, type Arm, type FeatureValue, InfrastructureError } from '@millrace/contracts';
import { ModelSession, predictRows, type RowOutputs } from '@millrace/onnx';
import type { Cause } from './causes';

export type Features = Readonly<Record<string, FeatureValue>>;
/** Outputs of a batch, row by row (null: no answer), or why there are none. */
export type Computed =
  | { readonly outputs: readonly (RowOutputs | null)[] }
  | { readonly cause: Cause; readonly why: string };

/** Computes one micro-batch with one model. */
export type Predict = (arm: Arm, rows: readonly Features[]) => Promise<Computed>;

interface Broken {
  readonly cause: Cause;
  readonly why: string;
}

/** So many stay loaded: what a replay holds does not grow with the number of versions in the log. */
const KEPT = 8;
const CAUSE_OF_CODE: Readonly<Record<string, Cause>> = {
  ARTIFACT_NOT_FOUND: 'digest-missing',
  ARTIFACT_DIGEST_INVALID: 'digest-missing',
  ARTIFACT_CORRUPT: 'artifact-tampered',
  MODEL_UNUSABLE: 'model-unusable',
};

/** Sessions by digest, loaded from verified bytes with the options of the lane workers. */
export class ReplayModels {
  private readonly sessions = new Map<string, ModelSession | Broken>();

  constructor(private readonly artifacts: ArtifactStore) {}

  /** @throws InfrastructureError when the artifact store does not answer. */
  readonly predict: Predict = async (arm, rows) => {
    const session = await this.sessionOf(arm.artifact.digest);
    if ('cause' in session) return session;
    try {
      return { outputs: await predictRows(session, arm.signature, rows) };
    } catch (error) {
      return { cause: 'other-outputs', why: (error as Error).message };
    }
  };

  private async sessionOf(digest: string): Promise<ModelSession | Broken> {
    const session = this.sessions.get(digest) ?? (await this.load(digest));
    this.sessions.delete(digest);
    this.sessions.set(digest, session);
    const oldest = this.sessions.keys().next().value!;
    if (this.sessions.size > KEPT) this.sessions.delete(oldest);
    return session;
  }

  private async load(digest: string): Promise<ModelSession | Broken> {
    try {
      return await ModelSession.load(await this.artifacts.get(digest));
    } catch (error) {
      const cause = error instanceof AppError ? CAUSE_OF_CODE[error.code] : undefined;
      if (error instanceof InfrastructureError || cause === undefined) throw error;
      return { cause, why: (error as Error).message };
    }
  }
}
