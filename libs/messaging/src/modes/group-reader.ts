import type { Membership, MemberToken, OwnedPartition } from '../membership/membership';
import type { KafkaClient } from './kafka-ports';
import { PartitionLoop, type PartitionWork } from './partition-loop';
import { TroubleBoard } from './trouble-board';

export interface GroupReaderOptions extends PartitionWork {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topics: readonly string[];
}

/**
 * Reads the partitions that a group assigns, one batch of a partition at a time and partitions side by side: order within
 * a partition, and no more than one fetched batch of each in memory.
 */
export class GroupReader {
  private readonly membership: Membership;
  private readonly loops = new Map<string, PartitionLoop>();
  private readonly troubles: TroubleBoard;

  constructor(private readonly options: GroupReaderOptions) {
    const { client, group, topics } = options;
    this.troubles = new TroubleBoard(options.onTrouble);
    this.membership = client.consumerMembership({
      group,
      topics,
      onAssigned: (partitions, token) => this.assigned(partitions, token),
      onRevoked: (partitions) => this.revoked(partitions),
      onTrouble: (error) => this.troubles.set('group', error),
    });
  }

  start(): Promise<void> {
    return this.membership.start();
  }

  /** Ends the work in hand, then leaves the group. */
  stop(): Promise<void> {
    return this.membership.stop();
  }

  /** Whether this process is in the group, with partitions or without. */
  get isMember(): boolean {
    return this.membership.token() !== null;
  }

  private assigned(partitions: readonly OwnedPartition[], token: MemberToken): void {
    const { client, ...work } = this.options;
    this.troubles.set('group', null);
    for (const partition of partitions) {
      const name = nameOf(partition);
      const onTrouble = (error: Error | null) => this.troubles.set(name, error);
      this.loops.set(name, new PartitionLoop(client, partition, token, { ...work, onTrouble }));
    }
  }

  private async revoked(partitions: readonly OwnedPartition[]): Promise<void> {
    await Promise.all(partitions.map((partition) => this.loops.get(nameOf(partition))?.stop()));
    for (const partition of partitions) this.loops.delete(nameOf(partition));
  }
}

const nameOf = ({ topic, partition }: OwnedPartition): string => `${topic}/${partition}`;
