import { setTimeout as delay } from 'node:timers/promises';
import type { RecordBatchBytes } from '@millrace/messaging';
import type { LogClient } from '../src/log/log-client';

type Entry = { key: string; value: string | null } | 'marker';

/** What goes wrong at the next chance. */
export type Fault =
  | 'produce fails'
  /** The transaction is committed, and nobody learns of it. */
  | 'commit loses its answer'
  /** The transaction is not committed, and nobody learns of it. */
  | 'commit fails';

/** One partition with one transactional id, as Kafka would keep them: the newest owner of the id fences the others. */
export class MemoryLog {
  readonly entries: Entry[] = [];
  fault: Fault | null = null;
  /** Nothing can be reached while this is set. */
  away = false;
  private epoch = 0;
  private waiting: (() => void)[] = [];

  get records(): { key: string; value: string | null }[] {
    return this.entries.filter((entry) => entry !== 'marker');
  }

  append(...entries: Entry[]): void {
    this.entries.push(...entries);
    this.waiting.splice(0).forEach((wake) => {
      wake();
    });
  }

  /** A client of its own, as another process would have. */
  client(): LogClient {
    return {
      admin: {
        createTopics: async (topics) => this.reachable(topics.map(({ name }) => name)),
        endOffsets: async () => this.reachable(new Map([[0, this.entries.length]])),
      },
      partitionReader: () => this.reader(),
      transactionalProducer: () => this.producer(),
    };
  }

  private reader(): ReturnType<LogClient['partitionReader']> {
    let position = 0;
    return {
      assign: () => undefined,
      fetch: async (signal) => {
        if (this.away || position === this.entries.length) await this.news();
        if (signal.aborted) return [];
        if (this.away || position === this.entries.length) return [];
        const from = position;
        position = this.entries.length;
        const records = this.entries
          .slice(from)
          .flatMap((entry, index) => (entry === 'marker' ? [] : [{ ...entry, offset: from + index }]));
        return [{ records: cursor(records), nextOffset: position }] as unknown as Awaited<
          ReturnType<ReturnType<LogClient['partitionReader']>['fetch']>
        >;
      },
      close: async () => undefined,
    };
  }

  private producer(): ReturnType<LogClient['transactionalProducer']> {
    let owned = 0;
    let open: { key: string; value: string | null }[] = [];
    const own = () => {
      this.reachable(undefined);
      if (owned !== this.epoch) throw new Error('INVALID_PRODUCER_EPOCH');
    };
    const fails = (fault: Fault) => {
      if (this.fault !== fault) return false;
      this.fault = null;
      return true;
    };
    return {
      init: async () => {
        this.reachable(undefined);
        owned = ++this.epoch;
      },
      produce: async (_topic, _partition, batch) => {
        own();
        if (fails('produce fails')) throw new Error('NOT_LEADER_OR_FOLLOWER');
        open = decode(batch);
        return this.entries.length;
      },
      commit: async () => {
        own();
        if (fails('commit fails')) throw new Error('REQUEST_TIMED_OUT');
        this.append(...open, 'marker');
        open = [];
        if (fails('commit loses its answer')) throw new Error('REQUEST_TIMED_OUT');
      },
      recover: async () => {
        this.reachable(undefined);
        open = [];
        return owned === this.epoch ? 'recovered' : 'fenced';
      },
      close: async () => undefined,
    };
  }

  /** Resolves when something was appended, or after 20 ms. */
  private async news(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.waiting.push(resolve)), delay(20)]);
  }

  private reachable<T>(value: T): T {
    if (this.away) throw new Error('KAFKA_UNREACHABLE');
    return value;
  }
}

function cursor(records: { key: string; value: string | null; offset: number }[]) {
  let at = -1;
  return {
    next: () => ++at < records.length,
    get offset() {
      return records[at]?.offset;
    },
    record: () => ({
      key: Buffer.from(records[at]?.key ?? ''),
      value: records[at]?.value == null ? null : Buffer.from(records[at]?.value as string),
    }),
  };
}

const BATCH_HEADER_BYTES = 61;

/** Reads keys and values of a record batch (v2) that was not compressed. */
function decode({ buffer, start, recordCount }: RecordBatchBytes): { key: string; value: string | null }[] {
  let at = start + BATCH_HEADER_BYTES;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  };
  const text = (): string | null => {
    const length = varint();
    if (length < 0) return null;
    at += length;
    return buffer.toString('utf8', at - length, at);
  };
  return Array.from({ length: recordCount }, () => {
    varint(); // length of the record
    at++; // attributes
    varint(); // timestamp delta
    varint(); // offset delta
    const record = { key: text() ?? '', value: text() };
    varint(); // no headers
    return record;
  });
}
