import type { Logger } from '@millrace/contracts';
import type { BrokerAddress } from '../kafkajs/internals';
import type { Link, LinkSet } from '../kafkajs/link';
import type { ClusterMap } from './cluster-map';

/** How long a request may take before its socket is given up. Milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** What readers and producers need of the client that made them. */
export interface ClientContext {
  readonly prefix: string;
  readonly logger: Logger;
  readonly map: ClusterMap;
  /** Shared sockets, one per broker, for short requests that are not on a hot path. */
  readonly links: LinkSet;
  openLink(address: BrokerAddress): Promise<Link>;
  /** Sockets of one owner, closed with it. */
  ownLinks(): LinkSet;
  prefixed(name: string): string;
}
