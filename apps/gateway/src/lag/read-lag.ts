import { type Clock, tellsProgress } from '@millrace/contracts';
import type { TopicAdmin } from '@millrace/messaging';

export interface PartitionEnds {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is kept. */
  readonly oldest: number;
  /** Next offset to be written; records and markers of undecided transactions count. */
  readonly end: number;
}

export interface GroupPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset that the group will read. */
  readonly offset: number;
  /** Offsets between that and the end. Markers of transactions take offsets too, so it is approximate. */
  readonly lag: number;
}

export interface LagReading {
  readonly partitions: readonly PartitionEnds[];
  readonly groups: readonly GroupPosition[];
}

/** A scrape asks for several metrics of one moment. */
const FRESH_MS = 2_000;

/** How far every consumer group is on every topic that it has committed anything for. Topics and groups of other prefixes are not seen. */
export class ReadLag {
  private last: { readonly at: number; readonly reading: Promise<LagReading> } | null = null;

  constructor(
    private readonly admin: Pick<
      TopicAdmin,
      'listTopics' | 'listGroups' | 'startOffsets' | 'endOffsets' | 'allCommittedOffsets'
    >,
    private readonly clock: Clock,
  ) {}

  /** At most 2 s old; who asks at the same time gets the same. @throws InfrastructureError when the broker does not answer */
  take(): Promise<LagReading> {
    const now = this.clock.now();
    if (this.last && now - this.last.at < FRESH_MS) return this.last.reading;
    const reading = this.read();
    this.last = { at: now, reading };
    reading.catch(() => {
      // A failure is nobody's reading but of those who waited for it.
      if (this.last?.reading === reading) this.last = null;
    });
    return reading;
  }

  private async read(): Promise<LagReading> {
    const { admin } = this;
    const [topics, groups] = await Promise.all([admin.listTopics(), admin.listGroups()]);
    const committed = await Promise.all(
      groups
        .filter((group) => !tellsProgress(group))
        .map(async (group) => [group, await admin.allCommittedOffsets(group)] as const),
    );
    // The ends come last: a position can then not lie beyond them but by what is written in between.
    const partitions = (await Promise.all(topics.map((topic) => this.endsOf(topic)))).flat();
    const ends = new Map(partitions.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]));
    const positions = committed.flatMap(([group, byTopic]) =>
      [...byTopic].flatMap(([topic, offsets]) =>
        [...offsets].flatMap(([partition, offset]): GroupPosition[] => {
          const end = ends.get(`${topic}/${partition}`);
          // A topic that is gone has no lag.
          return end === undefined ? [] : [{ group, topic, partition, offset, lag: Math.max(0, end - offset) }];
        }),
      ),
    );
    return { partitions, groups: positions };
  }

  private async endsOf(topic: string): Promise<PartitionEnds[]> {
    const [starts, ends] = await Promise.all([
      this.admin.startOffsets(topic),
      this.admin.endOffsets(topic, 'uncommitted'),
    ]);
    return [...ends].map(([partition, end]) => ({ topic, partition, oldest: starts.get(partition) ?? 0, end }));
  }
}
