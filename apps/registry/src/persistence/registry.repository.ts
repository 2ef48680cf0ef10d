import {
  EndpointCreated,
  EndpointRefused,
  EndpointRetired,
  ModelAliasSet,
  ModelVersionRefused,
  ModelVersionRegistered,
  type RecordSchema,
  ReleaseActivated,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  ReleaseRefused,
} from '@millrace/contracts';
import { type Cause, Events } from '@millrace/messaging';
import { AggregateStore, type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Endpoint, type EndpointFact, evolveEndpoint, noEndpoint } from '../domain/endpoint';
import { evolveModel, type Model, type ModelFact, noModel } from '../domain/model';
import { evolveReleases, noReleases, type ReleaseFact, type Releases } from '../domain/release';

type Fact = ModelFact | EndpointFact | ReleaseFact;

const RECORDS = {
  ModelVersionRegistered,
  ModelVersionRefused,
  ModelAliasSet,
  EndpointCreated,
  EndpointRetired,
  EndpointRefused,
  ReleaseProposed,
  ReleaseGranted,
  ReleaseActivated,
  ReleaseHalted,
  ReleaseRefused,
} as const;

/** Loads aggregates and saves what was decided: state and facts in one unit of work. */
@Injectable()
export class RegistryRepository {
  private readonly stores: {
    readonly models: AggregateStore<Model>;
    readonly endpoints: AggregateStore<Endpoint>;
    readonly releases: AggregateStore<Releases>;
  };

  constructor(
    unitOfWork: UnitOfWork,
    private readonly events: Events,
  ) {
    this.stores = {
      models: new AggregateStore(unitOfWork, 'models', noModel),
      endpoints: new AggregateStore(unitOfWork, 'endpoints', noEndpoint),
      releases: new AggregateStore(unitOfWork, 'releases', noReleases),
    };
  }

  model(name: string): Promise<StoredAggregate<Model>> {
    return this.stores.models.load(name);
  }

  endpoint(name: string): Promise<StoredAggregate<Endpoint>> {
    return this.stores.endpoints.load(name);
  }

  releases(endpoint: string): Promise<StoredAggregate<Releases>> {
    return this.stores.releases.load(endpoint);
  }

  saveModel(model: StoredAggregate<Model>, facts: readonly ModelFact[], cause: Cause): Promise<void> {
    return this.save(this.stores.models, model, facts, evolveModel, cause);
  }

  saveEndpoint(endpoint: StoredAggregate<Endpoint>, facts: readonly EndpointFact[], cause: Cause): Promise<void> {
    return this.save(this.stores.endpoints, endpoint, facts, evolveEndpoint, cause);
  }

  saveReleases(releases: StoredAggregate<Releases>, facts: readonly ReleaseFact[], cause: Cause): Promise<void> {
    return this.save(this.stores.releases, releases, facts, evolveReleases, cause);
  }

  private async save<S, F extends Fact>(
    store: AggregateStore<S>,
    { id, version, state }: StoredAggregate<S>,
    facts: readonly F[],
    evolve: (state: S, fact: F) => S,
    cause: Cause,
  ): Promise<void> {
    if (facts.length === 0) return;
    await store.save(id, version, version + facts.length, facts.reduce(evolve, state));
    for (const fact of facts) {
      const record = RECORDS[fact.type] as RecordSchema<{ aggregateVersion: number }>;
      await this.events.append(record, id, fact.data, cause);
    }
  }
}
