/** A record that a lane wants to write. */
export interface LaneRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer | string | null])[];
  readonly timestamp: number;
}

const NO_HEADERS: LaneRecord['headers'] = [];

/** What a lane writes in one transaction, by topic and partition, in order. */
export class LaneOutput {
  readonly targets = new Map<
    string,
    { readonly topic: string; readonly partition: number; readonly records: LaneRecord[] }
  >();

  constructor(private readonly now: number) {}

  /** The buffers must stay as they are until the transaction has ended. */
  produce(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: LaneRecord['headers'] = NO_HEADERS,
    timestamp: number = this.now,
  ): void {
    const name = `${topic}/${partition}`;
    let target = this.targets.get(name);
    if (!target) {
      target = { topic, partition, records: [] };
      this.targets.set(name, target);
    }
    target.records.push({ key, value, headers, timestamp });
  }
}
