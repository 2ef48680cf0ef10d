import type {
  DatasetJudged,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseHalted,
  RunPlanned,
} from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { LiveOrigin } from '../domain/change-trigger';

type Kind = 'version' | 'plan' | 'profile' | 'release';

/** What a release revision serves; null when it was a halt. */
export interface Served {
  readonly model: string;
  readonly version: number;
}

export type KnownPlan = Pick<RunPlanned, 'plan' | 'verdict'>;
export type KnownProfile = Pick<DatasetJudged, 'profile'>;

/** Facts of other services that never change. The first one under an id counts, so a repeat changes nothing. */
@Injectable()
export class LineageRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  rememberVersions(facts: readonly ModelVersionRegistered[]): Promise<void> {
    return this.remember('version', facts, ({ model, version }) => `${model}:${version}`);
  }

  rememberPlans(facts: readonly RunPlanned[]): Promise<void> {
    const known = facts.map(({ run, plan, verdict }) => ({ run, plan, verdict }));
    return this.remember('plan', known, ({ run }) => run);
  }

  rememberProfiles(facts: readonly DatasetJudged[]): Promise<void> {
    const known = facts.map(({ dataset, profile }) => ({ dataset, profile }));
    return this.remember('profile', known, ({ dataset }) => dataset);
  }

  rememberReleases(facts: readonly (ReleaseActivated | ReleaseHalted)[]): Promise<void> {
    const known = facts.map(({ endpoint, revision, ...fact }) => {
      const [arm] = 'arms' in fact ? fact.arms : [];
      return { endpoint, revision, serves: arm ? { model: arm.model, version: arm.version } : null };
    });
    return this.remember('release', known, ({ endpoint, revision }) => `${endpoint}/${revision}`);
  }

  version(model: string, version: number): Promise<ModelVersionRegistered | null> {
    return this.find('version', `${model}:${version}`);
  }

  plan(run: string): Promise<KnownPlan | null> {
    return this.find('plan', run);
  }

  profile(dataset: string): Promise<KnownProfile | null> {
    return this.find('profile', dataset);
  }

  release(endpoint: string, revision: number): Promise<{ readonly serves: Served | null } | null> {
    return this.find('release', `${endpoint}/${revision}`);
  }

  /** Where the version comes from that an endpoint serves by its newest release that is known here; null without one. */
  async liveOrigin(endpoint: string): Promise<LiveOrigin | null> {
    const rows: { fact: string }[] = await this.unitOfWork.run((manager) =>
      manager.query(
        `SELECT fact FROM lineage WHERE kind = 'release' AND starts_with(id, $1)
         ORDER BY (fact::jsonb ->> 'revision')::bigint DESC LIMIT 1`,
        [`${endpoint}/`],
      ),
    );
    if (!rows[0]) return null;
    const { serves } = JSON.parse(rows[0].fact) as { readonly serves: Served | null };
    const version = serves && (await this.version(serves.model, serves.version));
    const planned = version?.run ? await this.plan(version.run) : null;
    return {
      model: serves?.model ?? null,
      source: version?.dataset?.split(':')[0] ?? null,
      plan: planned?.plan ?? null,
    };
  }

  private async remember<T>(kind: Kind, facts: readonly T[], idOf: (fact: T) => string): Promise<void> {
    if (facts.length === 0) return;
    await this.unitOfWork.manager.query(
      `INSERT INTO lineage (kind, id, fact) SELECT $1, id, fact FROM unnest($2::text[], $3::text[]) AS given (id, fact)
       ON CONFLICT DO NOTHING`,
      [kind, facts.map(idOf), facts.map((fact) => JSON.stringify(fact))],
    );
  }

  private async find<T>(kind: Kind, id: string): Promise<T | null> {
    const rows: { fact: string }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT fact FROM lineage WHERE kind = $1 AND id = $2', [kind, id]),
    );
    return rows[0] ? JSON.parse(rows[0].fact) : null;
  }
}
