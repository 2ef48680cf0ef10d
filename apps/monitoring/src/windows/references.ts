import type { ArtifactStore } from '@millrace/artifacts';
import { AppError, InfrastructureError, type ModelVersionRegistered } from '@millrace/contracts';
import { ARTIFACT_STORE } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { type Lineage, noReference, type ProfiledData, type Reference, referenceOf } from '../domain/reference';
import type { WindowKey } from '../domain/window-key';
import { type KnownPlan, LineageRepository, type Served } from '../persistence/lineage.repository';

/**
 * What windows are compared with. A response stands on the log after the facts that it rests on, but those come on other
 * topics: where they have not been read yet, the batch waits for them, so that the reference never depends on who was faster.
 */
@Injectable()
export class References {
  private readonly references = new Map<string, Reference>();
  private readonly served = new Map<string, Served | null>();

  constructor(
    private readonly lineage: LineageRepository,
    @Inject(ARTIFACT_STORE) private readonly artifacts: ArtifactStore,
  ) {}

  /** What a release revision serves; null for a halt and for revision 0, before the first release. */
  async servedBy(endpoint: string, revision: number): Promise<Served | null> {
    if (revision === 0) return null;
    const key = `${endpoint}/${revision}`;
    const known = this.served.get(key);
    if (known !== undefined) return known;
    const release = await this.lineage.release(endpoint, revision);
    if (!release) throw behind(`Release revision ${revision} of ${endpoint}`);
    this.served.set(key, release.serves);
    return release.serves;
  }

  async of(served: Served | null): Promise<Reference> {
    if (served === null) return noReference;
    const key = `${served.model}:${served.version}`;
    const known = this.references.get(key);
    if (known) return known;
    const version = await this.lineage.version(served.model, served.version);
    if (!version) throw behind(`Version ${key}`);
    const reference = referenceOf(await this.lineageOf(version));
    this.references.set(key, reference);
    return reference;
  }

  /** What a stored window was counted by. */
  ofWindow({ model, version }: WindowKey): Promise<Reference> {
    return this.of(model === null || version === null ? null : { model, version });
  }

  private async lineageOf(version: ModelVersionRegistered): Promise<Lineage> {
    const { run, dataset } = version;
    if (run === null || dataset === null)
      return { version, plan: null, profile: null, without: 'the version was imported: it has no training profile' };
    const planned = await this.lineage.plan(run);
    if (!planned) throw behind(`The plan of run ${run}`);
    return { version, plan: planned.plan, ...(await this.profileOf(dataset, planned)) };
  }

  private async profileOf(dataset: string, { verdict }: KnownPlan): Promise<Pick<Lineage, 'profile' | 'without'>> {
    const judged = await this.lineage.profile(dataset);
    // A run is planned after the verdict, except those of times without verdicts.
    if (!judged && verdict !== null) throw behind(`The verdict on ${dataset}`);
    const digest = judged?.profile?.digest;
    if (!digest) return { profile: null, without: `${dataset} has no profile` };
    const content = await this.read(digest);
    if (content) return { profile: { digest, content }, without: null };
    return { profile: null, without: `the profile of ${dataset} is gone or damaged: ${digest}` };
  }

  private async read(digest: string): Promise<ProfiledData | null> {
    try {
      const profile = JSON.parse((await this.artifacts.get(digest)).toString('utf8'));
      return profile?.format === 'millrace-profile' && profile.version === 1 ? profile : null;
    } catch (error) {
      // A store that does not answer is waited for; one that answers without the bytes will not have them later.
      if (error instanceof InfrastructureError) throw error;
      if (error instanceof AppError || error instanceof SyntaxError) return null;
      throw error;
    }
  }
}

function behind(what: string): InfrastructureError {
  return new InfrastructureError({
    code: 'LINEAGE_BEHIND',
    message: `${what} is not known here yet: the facts have not been read that far. The batch waits for it; millrace status shows whether registry, training and validation run.`,
  });
}
