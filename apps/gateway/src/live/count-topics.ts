import { allTopics, type EndpointCreated, sourceTopics, type TopicClass } from '@millrace/contracts';
import type { TopicAdmin } from '@millrace/messaging';
import type { RecordCounter } from './record-counter';

export interface TopicCount {
  readonly name: string;
  readonly class: TopicClass;
  readonly records: number;
}

export interface EndpointCounts {
  readonly topics: readonly TopicCount[];
  readonly requests: number;
  readonly responses: number;
  readonly deadLetters: number;
  /** Requests that no lane has answered yet. */
  readonly lag: number;
}

/**
 * How many records topics have taken. Lanes write in transactions, and the marker of a transaction takes an offset too, so
 * the end of a response topic tells nothing: every request has one response or one dead letter, so responses are the requests
 * that the lanes have committed without the dead letters, which are counted one by one. Accepted and quarantined records likewise.
 * Requests and raw records are shown by their end offsets: a producer's own transactions count there, one each.
 */
export class CountTopics {
  constructor(
    private readonly admin: Pick<TopicAdmin, 'endOffsets' | 'startOffsets' | 'committedOffsets'>,
    private readonly counter: Pick<RecordCounter, 'count'>,
  ) {}

  async ofMajor(made: EndpointCreated): Promise<EndpointCounts> {
    const { done, lag, end } = await this.progress(`inference.${made.requestsTopic}`, made.requestsTopic);
    const deadLetters = await this.counter.count(made.deadLettersTopic);
    const responses = Math.max(0, done - deadLetters);
    const topics: TopicCount[] = [
      { name: made.requestsTopic, class: 'requests', records: end },
      { name: made.responsesTopic, class: 'responses', records: responses },
      { name: made.deadLettersTopic, class: 'dead letters', records: deadLetters },
      { name: made.outcomesTopic, class: 'outcomes', records: await this.end(made.outcomesTopic) },
    ];
    return { topics, requests: end, responses, deadLetters, lag };
  }

  async ofSource(source: string): Promise<TopicCount[]> {
    const { records, accepted, quarantine } = sourceTopics(source);
    const { done, end } = await this.progress(`ingestion.${records.name}`, records.name);
    const quarantined = await this.counter.count(quarantine.name);
    return [
      { name: records.name, class: records.class, records: end },
      { name: accepted.name, class: accepted.class, records: Math.max(0, done - quarantined) },
      { name: quarantine.name, class: quarantine.class, records: quarantined },
    ];
  }

  /** Dead letters of the services: their relays write without transactions. Empty topics are left out. */
  async ofServices(): Promise<TopicCount[]> {
    const deadLetters = allTopics.filter((topic) => topic.class === 'dead letters');
    const counts = await Promise.all(
      deadLetters.map(async ({ name, class: kind }) => ({ name, class: kind, records: await this.end(name) })),
    );
    return counts.filter((count) => count.records > 0);
  }

  private async end(topic: string): Promise<number> {
    return sum((await this.admin.endOffsets(topic, 'committed')).values());
  }

  /** How far a group is: offsets done, offsets to go. */
  private async progress(group: string, topic: string): Promise<{ done: number; lag: number; end: number }> {
    const [ends, starts, committed] = await Promise.all([
      this.admin.endOffsets(topic, 'committed'),
      this.admin.startOffsets(topic),
      this.admin.committedOffsets(group, topic),
    ]);
    const positions = [...ends.keys()].map((partition) =>
      Math.max(starts.get(partition) ?? 0, committed.get(partition) ?? 0),
    );
    const done = sum(positions);
    const end = sum(ends.values());
    return { done, lag: Math.max(0, end - done), end };
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);
