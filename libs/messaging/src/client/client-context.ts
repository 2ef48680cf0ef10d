import type { Logger } from '@millrace/contracts';
import type { BrokerAddress } from '../kafkajs/internal-shapes';
import type { Link, LinkSet } from '../kafkajs/link';
import type { ClusterMap } from './cluster-map';

/** What readers and producers need of the client that made them. */
export interface ClientContext {
  readonly prefix: string;
  /** How long a request may take before its socket is given up. Milliseconds. */
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly map: ClusterMap;
  /** Shared sockets, one per broker, for short requests that are not on a hot path. */
  readonly links: LinkSet;
  openLink(address: BrokerAddress): Promise<Link>;
  /** Sockets of one owner, closed with it. */
  ownLinks(): LinkSet;
  prefixed(name: string): string;
}
