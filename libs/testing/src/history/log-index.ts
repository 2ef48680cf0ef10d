import type { History, HistoryRecord, PartitionLog, Position } from './history';

/** Look-ups that several invariants share; made once for a history. */
export class LogIndex {
  private readonly partitions = new Map<string, PartitionLog>();
  private readonly topics = new Map<string, PartitionLog[]>();
  private readonly committed = new Map<string, HistoryRecord>();
  private readonly aborted = new Map<string, HistoryRecord>();
  private readonly byId = new Map<string, HistoryRecord[]>();
  private readonly abortedIds = new Map<string, HistoryRecord>();

  constructor(history: History) {
    for (const log of history.logs) {
      this.partitions.set(`${log.topic}/${log.partition}`, log);
      push(this.topics, log.topic, log);
      for (const record of log.committed) {
        this.committed.set(nameOf(record), record);
        push(this.byId, `${record.topic} ${record.id}`, record);
      }
      for (const record of log.aborted) {
        this.aborted.set(nameOf(record), record);
        this.abortedIds.set(`${record.topic} ${record.id}`, record);
      }
    }
  }

  partition(topic: string, partition: number): PartitionLog | undefined {
    return this.partitions.get(`${topic}/${partition}`);
  }

  partitionsOf(topic: string): readonly PartitionLog[] {
    return this.topics.get(topic) ?? [];
  }

  recordsOf(topic: string): HistoryRecord[] {
    return this.partitionsOf(topic).flatMap((log) => log.committed);
  }

  committedAt(position: Position): HistoryRecord | undefined {
    return this.committed.get(nameOf(position));
  }

  abortedAt(position: Position): HistoryRecord | undefined {
    return this.aborted.get(nameOf(position));
  }

  committedWithId(topic: string, id: string): readonly HistoryRecord[] {
    return this.byId.get(`${topic} ${id}`) ?? [];
  }

  /** The record with this id, if all that ever was of it lies in aborted transactions. */
  onlyAborted(topic: string, id: string): HistoryRecord | undefined {
    return this.committedWithId(topic, id).length > 0 ? undefined : this.abortedIds.get(`${topic} ${id}`);
  }

  /** Deleted by retention: says nothing about what once stood there. */
  isTrimmed({ topic, partition, offset }: Position): boolean {
    const log = this.partition(topic, partition);
    return log !== undefined && offset < log.start;
  }
}

export function nameOf({ topic, partition, offset }: Position): string {
  return `${topic}/${partition}/${offset}`;
}

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
