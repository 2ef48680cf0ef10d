import type { Activation, History, HistoryRecord, OutboxEntry, PartitionLog, WindowCount } from '../history';

/** Takes `readonly` away, all the way down; functions stay functions. */
type Mutable<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, V>
    : T extends readonly (infer E)[]
      ? Mutable<E>[]
      : T extends object
        ? { -readonly [K in keyof T]: Mutable<T[K]> }
        : T;

/** A history that can still be changed: made clean by the generator, then spoiled by a planted fault. */
export type Draft = Mutable<History>;
export type DraftRecord = Mutable<HistoryRecord>;
export type DraftLog = Mutable<PartitionLog>;
export type DraftActivation = Mutable<Activation>;
export type DraftWindow = Mutable<WindowCount>;
export type DraftOutboxRow = Mutable<OutboxEntry>;

/** Appends like a broker: every record and every transaction marker takes an offset. */
export class LogDraft {
  readonly log: DraftLog;

  constructor(topic: string, partition: number) {
    this.log = { topic, partition, start: 0, end: 0, committed: [], aborted: [] };
  }

  append(
    record: Omit<DraftRecord, 'topic' | 'partition' | 'offset'>,
    fate: 'committed' | 'aborted' = 'committed',
  ): DraftRecord {
    const { topic, partition } = this.log;
    const appended = { ...record, topic, partition, offset: this.log.end++ };
    this.log[fate].push(appended);
    return appended;
  }

  marker(): void {
    this.log.end += 1;
  }
}
