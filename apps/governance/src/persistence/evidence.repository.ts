import type { ModelVersionRegistered } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { Evidence, KnownVersion } from '../domain/evidence';

/** By what the trainer of a learner is kept beside those of runs, whose ids are UUIDs. */
export const learnerId = (learner: string): string => `learner ${learner}`;

/**
 * What others say that releases are weighed by, folded from `registry.models.v1`, `training.runs.v1`, `training.learners.v1`,
 * `validation.verdicts.v1`.
 */
@Injectable()
export class EvidenceRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async rememberVersion(fact: ModelVersionRegistered): Promise<void> {
    const { model, version, artifact, run, learner, dataset, metrics, description } = fact;
    const madeBy = run ?? (learner ? learnerId(learner.learner) : null);
    const known: KnownVersion = { digest: artifact.digest, madeBy, dataset, metrics, description };
    await this.remember('versions', `${model}:${version}`, JSON.stringify(known));
  }

  /** @param madeBy id of the run, or what `learnerId` gives */
  rememberTrainer(madeBy: string, actor: string): Promise<void> {
    return this.remember('trainers', madeBy, JSON.stringify(actor));
  }

  rememberVerdict(dataset: string, verdict: string): Promise<void> {
    return this.remember('verdicts', dataset, JSON.stringify(verdict));
  }

  /** All but the risk, which is state of our own. */
  async of(model: string, number: number): Promise<Omit<Evidence, 'risk'>> {
    const version = await this.find<KnownVersion>('versions', `${model}:${number}`);
    const trainedBy = version?.madeBy ? await this.find<string>('trainers', version.madeBy) : null;
    const verdict = version?.dataset ? await this.find<string>('verdicts', version.dataset) : null;
    return { version, trainedBy, verdict };
  }

  private async remember(table: string, id: string, known: string): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO ${table} (id, known) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET known = excluded.known`,
      [id, known],
    );
  }

  private async find<T>(table: string, id: string): Promise<T | null> {
    const rows: { known: T }[] = await this.unitOfWork.manager.query(`SELECT known FROM ${table} WHERE id = $1`, [id]);
    return rows[0]?.known ?? null;
  }
}
