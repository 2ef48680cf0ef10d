import { AppError, type Logger } from '@millrace/contracts';
import type { FencedError, Positions } from '@millrace/persistence';
import type { MemberToken, OwnedPartition } from '../membership/membership';
import type { KafkaClient } from './kafka-ports';

/** Where a group of fold mode stands: the positions in the database are the truth, the group's offsets are for lag displays. */
export class FoldPositions {
  constructor(
    private readonly options: {
      readonly client: KafkaClient;
      readonly group: string;
      readonly positions: Positions;
      readonly logger: Logger;
    },
  ) {}

  /** Where to begin on a partition that was just assigned. */
  async startAt(owned: OwnedPartition, token: MemberToken): Promise<number | 'start'> {
    const stored = await this.stored(owned);
    if (stored === undefined) return 'start';
    // A crash after the commit of a batch left the group's offset behind.
    await this.show(owned, stored, token);
    return stored;
  }

  async stored({ topic, partition }: OwnedPartition): Promise<number | undefined> {
    return (await this.options.positions.load(this.options.group, topic)).get(partition);
  }

  /** Inside the unit of work that folds the batch. @throws FencedError when somebody else moved on */
  async advance({ topic, partition }: OwnedPartition, from: number, to: number): Promise<void> {
    await this.options.positions.advance(this.options.group, topic, partition, from, to);
  }

  async show({ topic, partition }: OwnedPartition, offset: number, token: MemberToken): Promise<void> {
    const { client, group, logger } = this.options;
    await client.admin.commitOffsets(group, topic, new Map([[partition, offset]]), token).catch((error: Error) => {
      logger.debug({ topic, reason: error.message }, 'The offset for lag displays was not committed');
    });
  }
}

/** Told by its code, because the class would load the persistence library, and with it TypeORM, into every process. */
export function isFenced(error: unknown): error is FencedError {
  return error instanceof AppError && error.code === 'POSITION_FENCED';
}
