import type { ArtifactStore } from '@millrace/artifacts';
import { AppError, type Arm, InfrastructureError, type Logger } from '@millrace/contracts';
import { ModelSession } from '@millrace/onnx';
import { LoadedModel } from './loaded-model';
import type { ModelCalls } from './model-calls';

/** Why a model cannot be used: a code of the artifact store or of the session. */
export interface Unusable {
  readonly unusable: string;
  /** Milliseconds since 1970, when it is tried again. */
  readonly until: number;
}

const WARM_BATCHES = [1, 32, 256];
/** Sessions leak a little when they are released (onnxruntime 25325), so a roll back within the last few costs nothing. */
const KEPT = 8;
/** A missing or damaged file may be put back by its owner. */
const STORE_RETRY_MS = 30_000;

/**
 * Sessions by digest: the bytes are checked against the digest, loaded, and run once before the first request. What cannot
 * be loaded is remembered, because it will not get better; a store that is away is not.
 *
 * A loaded model belongs to its arm, because two versions may share a file and differ in signature. So what is live stays
 * loaded, however many that are, and of what was live before the newest few.
 */
export class ModelCache {
  private readonly models = new WeakMap<Arm, LoadedModel | Unusable>();
  private readonly sessions = new Map<string, ModelSession | Unusable>();
  private readonly loading = new Map<string, Promise<ModelSession | Unusable>>();

  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly calls: ModelCalls,
    private readonly now: () => number,
    private readonly logger: Logger,
  ) {}

  /** The model when it is loaded already: no await on the hot path. */
  loaded(arm: Arm): LoadedModel | Unusable | undefined {
    return this.fresh(this.models.get(arm));
  }

  /** @throws InfrastructureError when the artifact store is away: the lane pauses. */
  async load(arm: Arm): Promise<LoadedModel | Unusable> {
    const session = await this.sessionOf(arm);
    const model = 'unusable' in session ? session : new LoadedModel(arm, session, this.calls);
    this.models.set(arm, model);
    return model;
  }

  private async sessionOf(arm: Arm): Promise<ModelSession | Unusable> {
    const { digest } = arm.artifact;
    const known = this.fresh(this.sessions.get(digest)) ?? this.loading.get(digest);
    if (known) return known;
    const loading = this.loadNow(arm).finally(() => this.loading.delete(digest));
    this.loading.set(digest, loading);
    const session = await loading;
    this.sessions.delete(digest);
    this.sessions.set(digest, session);
    this.dropOldest();
    return session;
  }

  private async loadNow(arm: Arm): Promise<ModelSession | Unusable> {
    const { digest } = arm.artifact;
    try {
      const session = await this.open(digest, await this.artifacts.get(digest));
      this.logger.info({ digest, model: arm.model, version: arm.version }, 'Loaded a model');
      return session;
    } catch (error) {
      if (error instanceof InfrastructureError) throw error;
      const code = error instanceof AppError ? error.code : 'UNKNOWN';
      this.logger.error({ digest, code, err: error }, 'A model cannot be used');
      const until = code.startsWith('ARTIFACT_') ? this.now() + STORE_RETRY_MS : Number.POSITIVE_INFINITY;
      return { unusable: code, until };
    }
  }

  /** Loading and warming run foreign graphs, so they are calls of the model too, each with the whole time limit. */
  private async open(digest: string, bytes: Buffer): Promise<ModelSession> {
    const session = await this.calls.run(digest, () => ModelSession.load(bytes));
    for (const rows of WARM_BATCHES) await this.calls.run(digest, () => session.warm([rows]));
    return session;
  }

  private fresh<T extends object>(known: T | Unusable | undefined): T | Unusable | undefined {
    return known && 'unusable' in known && known.until <= this.now() ? undefined : known;
  }

  private dropOldest(): void {
    const oldest = this.sessions.keys().next().value;
    if (this.sessions.size > KEPT && oldest !== undefined) this.sessions.delete(oldest);
  }
}
