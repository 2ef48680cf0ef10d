import type { ArtifactStore } from '@millrace/artifacts';
import { AppError, type Arm, InfrastructureError, type Logger } from '@millrace/contracts';
import { ModelSession } from '@millrace/onnx';
import type { FlightRecorder } from './flight-recorder';
import { LoadedModel } from './loaded-model';

/** Why a model cannot be used; the reason code of the FAILED responses. */
export interface Unusable {
  readonly unusable: string;
}

const WARM_BATCHES = [1, 32, 256];
/** Sessions leak a little when they are released (onnxruntime 25325), so a roll back within the last few costs nothing. */
const KEPT = 8;

/**
 * Models by digest: the bytes are checked against the digest, loaded, and run once before the first request. What cannot
 * be loaded is remembered, because it will not get better; a store that is away is not.
 */
export class ModelCache {
  private readonly models = new Map<string, LoadedModel | Unusable>();
  private readonly loading = new Map<string, Promise<LoadedModel | Unusable>>();

  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly recorder: FlightRecorder,
    private readonly now: () => number,
    private readonly logger: Logger,
  ) {}

  /** The model when it is loaded already: no await on the hot path. */
  loaded(arm: Arm): LoadedModel | Unusable | undefined {
    return this.models.get(arm.artifact.digest);
  }

  /** @throws InfrastructureError when the artifact store is away: the lane pauses. */
  async load(arm: Arm): Promise<LoadedModel | Unusable> {
    const { digest } = arm.artifact;
    const known = this.models.get(digest) ?? this.loading.get(digest);
    if (known) return known;
    const loading = this.loadNow(arm).finally(() => this.loading.delete(digest));
    this.loading.set(digest, loading);
    const model = await loading;
    this.models.set(digest, model);
    this.dropOldest();
    return model;
  }

  private async loadNow(arm: Arm): Promise<LoadedModel | Unusable> {
    const { digest } = arm.artifact;
    try {
      const session = await this.open(digest, await this.artifacts.get(digest));
      this.logger.info({ digest, model: arm.model, version: arm.version }, 'Loaded a model');
      return new LoadedModel(arm, session, this.recorder, this.now);
    } catch (error) {
      if (error instanceof InfrastructureError) throw error;
      const code = error instanceof AppError ? error.code : 'UNKNOWN';
      this.logger.error({ digest, code, err: error }, 'A model cannot be used');
      return { unusable: code };
    }
  }

  /** Loading and warming run foreign graphs, so the flight recorder names the digest meanwhile. */
  private async open(digest: string, bytes: Buffer): Promise<ModelSession> {
    this.recorder.enter(digest, this.now());
    try {
      const session = await ModelSession.load(bytes);
      await session.warm(WARM_BATCHES);
      return session;
    } finally {
      this.recorder.leave();
    }
  }

  private dropOldest(): void {
    const oldest = this.models.keys().next().value;
    if (this.models.size > KEPT && oldest !== undefined) this.models.delete(oldest);
  }
}
