import {
  EndpointCreated,
  EndpointRefused,
  EndpointRetired,
  ModelAliasSet,
  ModelVersionRefused,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  ReleaseRefused,
  ReleaseWithdrawn,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Endpoint, type EndpointFact, evolveEndpoint, noEndpoint } from '../domain/endpoint';
import { evolveModel, type Model, type ModelFact, noModel } from '../domain/model';
import { evolveReleases, noReleases, type ReleaseFact, type Releases } from '../domain/release';

const MODELS: AggregateKind<Model, ModelFact> = {
  table: 'models',
  initial: noModel,
  evolve: evolveModel,
  records: { ModelVersionRegistered, ModelVersionRefused, ModelAliasSet },
};

const ENDPOINTS: AggregateKind<Endpoint, EndpointFact> = {
  table: 'endpoints',
  initial: noEndpoint,
  evolve: evolveEndpoint,
  records: { EndpointCreated, EndpointRetired, EndpointRefused },
};

const RELEASES: AggregateKind<Releases, ReleaseFact> = {
  table: 'releases',
  initial: noReleases,
  evolve: evolveReleases,
  records: {
    ReleaseProposed,
    ReleaseGranted,
    ReleaseActivated,
    ReleaseHalted,
    ReleaseWithdrawn,
    ReleaseRefused,
  },
};

/** Models by name, endpoints and their releases by the endpoint's name. */
@Injectable()
export class RegistryRepository {
  readonly models: Aggregates<Model, ModelFact>;
  readonly endpoints: Aggregates<Endpoint, EndpointFact>;
  readonly releases: Aggregates<Releases, ReleaseFact>;

  constructor(unitOfWork: UnitOfWork, events: Events) {
    this.models = new Aggregates(unitOfWork, events, MODELS);
    this.endpoints = new Aggregates(unitOfWork, events, ENDPOINTS);
    this.releases = new Aggregates(unitOfWork, events, RELEASES);
  }
}
