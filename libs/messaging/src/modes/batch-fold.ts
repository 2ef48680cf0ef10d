import { crashPoint, InfrastructureError, type Logger, PoisonError, type TopicDefinition } from '@millrace/contracts';
import type { FencedError, UnitOfWork } from '@millrace/persistence';
import type { TrustedKeys } from '../envelope';
import type { ControlReader } from '../events/control-reader';
import type { Events } from '../events/events';
import { verifyReceived } from '../events/verify-received';
import type { FlowInput, Received } from '../flow/flow';
import { type FoldPositions, isFenced } from './fold-positions';
import type { FetchedPartition, KafkaClient, KafkaRecord } from './kafka-ports';
import type { MessagingEvents } from './messaging-events';
import type { WorkContext } from './partition-loop';
import { workOnRecord } from './retry-policy';

export interface BatchFoldOptions {
  readonly client: KafkaClient;
  readonly inputs: readonly FlowInput[];
  readonly readerOf: (input: FlowInput) => ControlReader;
  readonly unitOfWork: UnitOfWork;
  readonly events: Events;
  readonly trustedKeys: TrustedKeys;
  readonly deadLetters: TopicDefinition;
  /** May run again for the same records after a rollback; records that a relay published twice come twice. */
  readonly handle: (topic: TopicDefinition, batch: Received<unknown>[]) => Promise<void>;
  readonly lifecycle: MessagingEvents;
  readonly now: () => number;
  readonly logger: Logger;
}

type Context = Pick<WorkContext, 'signal' | 'trouble' | 'reached'>;

/** A record that the flow lists, or one that could not be read. */
type Entry =
  | { readonly record: KafkaRecord; readonly received: Received<unknown> }
  | { readonly record: KafkaRecord; readonly poison: PoisonError };

/** Some records of one partition, and the offsets that stand before and behind them. */
interface Range {
  readonly topic: TopicDefinition;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly entries: readonly Entry[];
}

/**
 * Fetched batches of control topics, each folded with its position in one Postgres transaction. A batch whose handler fails,
 * for a reason that is not the ground's, is folded again record by record, so that the one that spoils it is found and
 * buried, and the others are folded all the same.
 */
export class BatchFold {
  readonly topics: readonly string[];
  private readonly inputs: ReadonlyMap<string, { readonly input: FlowInput; readonly reader: ControlReader }>;

  constructor(
    private readonly options: BatchFoldOptions,
    private readonly where: FoldPositions,
  ) {
    this.inputs = new Map(
      options.inputs.map((input) => [input.topic.name, { input, reader: options.readerOf(input) }]),
    );
    this.topics = [...this.inputs.keys()];
  }

  /**
   * @returns the next offset to be read
   * @throws FencedError when somebody else has moved the position
   */
  async take(batch: FetchedPartition, context: Context): Promise<number> {
    const { topic } = this.inputs.get(batch.topic)!.input;
    const { partition, fetchOffset: from, nextOffset: to } = batch;
    return this.foldWhole({ topic, partition, from, to, entries: await this.entriesOf(batch) }, context);
  }

  private async entriesOf(batch: FetchedPartition): Promise<Entry[]> {
    const { input, reader } = this.inputs.get(batch.topic)!;
    const entries: Entry[] = [];
    while (batch.records.next()) {
      const record = batch.records.record();
      try {
        const received = await reader.read(record);
        if (received) entries.push({ record, received: verifyReceived(input, record, received, this.options) });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        entries.push({ record, poison: error });
      }
    }
    return entries;
  }

  private async foldWhole(whole: Range, context: Context): Promise<number> {
    try {
      await this.fold(whole);
      return whole.to;
    } catch (error) {
      if (error instanceof InfrastructureError || isFenced(error) || whole.entries.length === 0) throw error;
      this.options.logger.warn(
        { topic: whole.topic.name, partition: whole.partition, from: whole.from, reason: (error as Error).message },
        'A batch could not be folded, folding its records one by one',
      );
    }
    for (const single of singlesOf(whole)) if (!(await this.foldSingle(single, context))) return single.from;
    return whole.to;
  }

  /** @returns false when it was told to stop before. */
  private async foldSingle(single: Range, { signal, trouble, reached }: Context): Promise<boolean> {
    if (signal.aborted) return false;
    reached(single.from);
    let fenced: FencedError | null = null;
    const attempt = (range: Range) => () =>
      this.fold(range).catch((error: Error) => {
        if (!isFenced(error)) throw error;
        fenced = error;
      });
    let outcome = await workOnRecord(attempt(single), signal, trouble);
    if (outcome.kind === 'poison')
      outcome = await workOnRecord(attempt(spoiled(single, outcome.error)), signal, trouble);
    if (fenced !== null) throw fenced;
    if (outcome.kind === 'poison') throw outcome.error;
    return outcome.kind === 'done';
  }

  private async fold({ topic, partition, from, to, entries }: Range): Promise<void> {
    const { unitOfWork, handle, events, deadLetters, lifecycle, now } = this.options;
    const received = entries.flatMap((entry) => ('received' in entry ? [entry.received] : []));
    const poison = entries.flatMap((entry) => ('poison' in entry ? [entry] : []));
    const began = now();
    await unitOfWork.run(async () => {
      if (received.length > 0) await handle(topic, received);
      for (const { record, poison: error } of poison) await events.bury(record, error, deadLetters);
      await this.where.advance({ topic: topic.name, partition }, from, to);
      crashPoint('fold.before-commit');
    });
    crashPoint('fold.after-commit');
    if (received.length > 0) {
      const seconds = (now() - began) / 1000;
      lifecycle.emit('handled', { topic: topic.name, record: '*', mode: 'fold', records: received.length, seconds });
    }
    for (const { record, poison: error } of poison) this.tellOfDeadLetter(record, error);
  }

  private tellOfDeadLetter({ topic, partition, offset }: KafkaRecord, { code, message }: PoisonError): void {
    this.options.lifecycle.emit('deadLetter', { topic, reasonCode: code });
    this.options.logger.warn({ topic, partition, offset, code, reason: message }, 'Put a record to the dead letters');
  }
}

/** One range per entry; the last one takes in what stands behind its record (markers, types that are skipped). */
function singlesOf({ entries, from, to, ...where }: Range): Range[] {
  return entries.map((entry, index) => ({
    ...where,
    entries: [entry],
    from: index === 0 ? from : entries[index - 1]!.record.offset + 1,
    to: index === entries.length - 1 ? to : entry.record.offset + 1,
  }));
}

function spoiled(single: Range, poison: PoisonError): Range {
  return { ...single, entries: single.entries.map(({ record }) => ({ record, poison })) };
}
