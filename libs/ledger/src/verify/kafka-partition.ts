import type { FetchedPartition, KafkaClient } from '@millrace/messaging';
import { ledgerError } from '../ledger-error';
import type { RecordSource, SourceCursor } from './record-source';

const NEVER = new AbortController().signal;
/** A broker that says nothing but troubles for so long has files that it cannot read. Milliseconds. */
const STALLED_MS = 60_000;
const FETCH_BYTES = 4 * 1024 * 1024;

/**
 * The records of one partition as a broker gives them to a reader of committed records, up to the end as it is when reading begins.
 * What the broker says of transactions is believed here; `SegmentFiles` works it out from the markers itself.
 */
export class KafkaPartition implements RecordSource {
  constructor(
    private readonly client: KafkaClient,
    /** Without prefix: the name that the leaves carry. */
    readonly topic: string,
    readonly partition: number,
  ) {}

  async start(): Promise<number> {
    return (await this.client.admin.startOffsets(this.topic)).get(this.partition) ?? 0;
  }

  async *cursors(from = 0): AsyncGenerator<SourceCursor> {
    const { client, topic, partition } = this;
    const end = (await client.admin.endOffsets(topic, 'committed')).get(partition) ?? 0;
    const begin = Math.max(from, await this.start());
    if (begin >= end) return;
    let trouble = 'it answers, and gives nothing';
    const onTrouble = (error: Error) => {
      trouble = error.message;
    };
    const reader = client.partitionReader({ topic, maxBytes: FETCH_BYTES, maxWaitMs: 250, onTrouble });
    let moved = performance.now();
    try {
      reader.assign(topic, partition, begin);
      for (let fetching = reader.fetch(NEVER); ; ) {
        const batches: FetchedPartition[] = await fetching;
        if (batches.length > 0) moved = performance.now();
        else if (performance.now() - moved > STALLED_MS) throw stalled(reader.position(topic, partition), end, trouble);
        const done = reader.position(topic, partition) >= end;
        // The next fetch is under way while this one is worked on.
        if (!done) {
          fetching = reader.fetch(NEVER);
          fetching.catch(() => {}); // heard when it is awaited
        }
        for (const { records } of batches) yield records;
        if (done) return;
      }
    } finally {
      await reader.close();
    }
  }
}

const stalled = (position: number, end: number, trouble: string) =>
  ledgerError(
    'LEDGER_RECORDS_UNREADABLE',
    `The broker gives nothing from offset ${position} on, though its log ends at ${end}: ${trouble}. Look at its log file.`,
  );
