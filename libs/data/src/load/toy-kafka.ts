import { InfrastructureError } from '@millrace/contracts';
import type { LoadBatch, LoadPort, LoadProducer } from './load-port';

export interface ToyRecord {
  readonly key: string;
  readonly value: string;
}

class ToyBatch implements LoadBatch<ToyRecord[]> {
  records: ToyRecord[] = [];
  byteLength = 0;

  get recordCount(): number {
    return this.records.length;
  }

  begin(): void {
    this.records = [];
    this.byteLength = 0;
  }

  add(_timestamp: number, key: Buffer | null, value: Buffer | null): void {
    this.records.push({ key: String(key), value: String(value) });
    this.byteLength += (key?.length ?? 0) + (value?.length ?? 0);
  }

  finish(): ToyRecord[] {
    return this.records;
  }
}

/** Transactions in memory, for specs: what is not committed is not there, and a step may be told to fail. */
export class ToyKafka implements LoadPort<ToyRecord[]> {
  readonly log: ToyRecord[][];
  readonly offsets = new Map<string, number>();
  /** Called before each step; what it throws, the step throws. */
  before: (step: string) => void = () => undefined;
  readonly batchSizes: number[] = [];

  constructor(partitions: number) {
    this.log = Array.from({ length: partitions }, () => []);
  }

  readonly client = {
    admin: {
      partitionsOf: async () => this.log.map((_, partition) => partition),
      committedOffsets: async (group: string) => new Map([[0, this.offsets.get(group) ?? -1]]),
      commitOffsets: async (group: string, _topic: string, offsets: Map<number, number>) => {
        this.offsets.set(group, offsets.get(0) as number);
      },
    },
    transactionalProducer: () => this.producer(),
  };

  newBatch(): ToyBatch {
    return new ToyBatch();
  }

  partitionFor(key: Buffer, partitions: number): number {
    return (key.at(-1) as number) % partitions;
  }

  private producer(): LoadProducer<ToyRecord[]> {
    let open: [partition: number, records: ToyRecord[]][] = [];
    let offset: [group: string, offset: number] | null = null;
    return {
      init: async () => this.before('init'),
      produce: async (_topic, partition, batch) => {
        this.before('produce');
        this.batchSizes.push(batch.length);
        open.push([partition, batch]);
        return 0;
      },
      sendOffsets: async (group, offsets) => {
        this.before('sendOffsets');
        offset = [group, offsets[0]?.offset as number];
      },
      commit: async () => {
        this.before('commit');
        for (const [partition, records] of open) this.log[partition]?.push(...records);
        if (offset) this.offsets.set(...offset);
        open = [];
        this.before('committed');
      },
      close: async () => undefined,
    };
  }
}

export const away = () => new InfrastructureError({ code: 'KAFKA_UNREACHABLE', message: 'The broker is away.' });
