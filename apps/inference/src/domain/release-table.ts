import type {
  EndpointCreated,
  EndpointRetired,
  ModelQuarantined,
  QuarantineLifted,
  ReleaseActivated,
  ReleaseHalted,
} from '@millrace/contracts';

/**
 * The route table of a lane worker: what every endpoint serves. It is folded from `registry.endpoints.v1`,
 * `registry.releases.v1` and `inference.quarantines.v1`, and changes only between batches.
 */
export class ReleaseTable {
  private readonly endpoints = new Map<string, EndpointCreated>();
  private readonly retired = new Set<string>();
  private readonly live = new Map<string, ReleaseActivated>();
  private readonly highest = new Map<string, number>();
  /** Revision of the last halt, by endpoint. */
  private readonly halted = new Map<string, number>();
  private readonly quarantined = new Set<string>();

  endpointCreated(event: EndpointCreated): void {
    this.endpoints.set(majorKey(event.endpoint, event.major), event);
  }

  endpointRetired(event: EndpointRetired): void {
    this.retired.add(event.endpoint);
  }

  /** A revision that is not higher than the endpoint's highest is a repeat and changes nothing. */
  releaseActivated(event: ReleaseActivated): void {
    if (event.revision <= (this.highest.get(event.endpoint) ?? 0)) return;
    this.highest.set(event.endpoint, event.revision);
    this.live.set(majorKey(event.endpoint, event.major), event);
  }

  /** Stops every major; each goes on with its own next release. */
  releaseHalted(event: Pick<ReleaseHalted, 'endpoint' | 'revision'>): void {
    if (event.revision <= (this.highest.get(event.endpoint) ?? 0)) return;
    this.highest.set(event.endpoint, event.revision);
    this.halted.set(event.endpoint, event.revision);
  }

  modelQuarantined(event: Pick<ModelQuarantined, 'digest'>): void {
    this.quarantined.add(event.digest);
  }

  quarantineLifted(event: Pick<QuarantineLifted, 'digest'>): void {
    this.quarantined.delete(event.digest);
  }

  isQuarantined(digest: string): boolean {
    return this.quarantined.has(digest);
  }

  servedEndpoints(): EndpointCreated[] {
    return [...this.endpoints.values()];
  }

  /** What a request to this endpoint and major meets now. */
  route(endpoint: string, major: number): Route {
    const release = this.live.get(majorKey(endpoint, major));
    const halted = this.halted.get(endpoint) ?? 0;
    const revision = Math.max(release?.revision ?? 0, release ? halted : 0);
    if (this.retired.has(endpoint)) return { kind: 'none', revision, reasonCode: 'ENDPOINT_RETIRED' };
    if (!release) return { kind: 'none', revision: 0, reasonCode: 'NO_RELEASE' };
    if (halted === revision) return { kind: 'none', revision, reasonCode: 'ENDPOINT_HALTED' };
    return { kind: 'release', revision, arms: release.arms, salt: release.salt, inputChecks: release.inputChecks };
  }
}

export type NoRoute = 'NO_RELEASE' | 'ENDPOINT_RETIRED' | 'ENDPOINT_HALTED';

export type Route =
  | { readonly kind: 'none'; readonly revision: number; readonly reasonCode: NoRoute }
  | ({ readonly kind: 'release' } & Pick<ReleaseActivated, 'revision' | 'arms' | 'salt' | 'inputChecks'>);

const majorKey = (endpoint: string, major: number): string => `${endpoint}/${major}`;
