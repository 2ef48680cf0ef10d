import type { Clock, Logger } from '@millrace/contracts';
import { type DirectoryEntry, type EndpointDirectory, isServing } from '../infer/endpoint-directory';
import type { ResponseInbox } from '../infer/response-inbox';
import type { LagHistory } from '../lag/lag-history';
import type { Glance, Glimpse } from '../persistence/glance';
import type { CountTopics, TopicCount } from './count-topics';
import type { FlowMeter } from './flow-meter';
import type { EndpointFlow, LiveSnapshot, TopicFlow } from './live-snapshot';
import type { ServiceBoard } from './service-board';

export interface TakeSnapshotParts {
  readonly directory: EndpointDirectory;
  readonly inbox: ResponseInbox;
  readonly glance: Pick<Glance, 'take'>;
  readonly meter: FlowMeter;
  readonly board: ServiceBoard;
  readonly counts: CountTopics;
  readonly lag: Pick<LagHistory, 'overTime'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LAST_RESPONSES = 10;
/** Everything the page draws, as of now. */
export class TakeSnapshot {
  private seen: Glimpse = {
    sources: [],
    datasets: [],
    runs: [],
    models: [],
    learners: [],
    risks: [],
    approvals: [],
    windows: [],
    quality: [],
    alerts: [],
  };

  constructor(private readonly parts: TakeSnapshotParts) {}

  /** @throws InfrastructureError when the broker does not answer. While the database is away, what stands there is shown as it was last seen. */
  async take(): Promise<LiveSnapshot> {
    const { directory, inbox, counts, board, lag, clock } = this.parts;
    await this.look();
    const { sources, ...shown } = this.seen;
    const endpoints = await Promise.all(directory.all().map((entry) => this.endpoint(entry)));
    const sourceCounts = await Promise.all(sources.map((source) => counts.ofSource(source)));
    const topics = [
      ...sourceCounts.flat(),
      ...endpoints.flatMap(({ topics }) => topics),
      ...(await counts.ofServices()),
    ];
    return {
      at: clock.now(),
      topics: topics.map((topic) => this.topicFlow(topic)),
      endpoints: endpoints.map(({ flow }) => flow),
      responses: await inbox.tail(LAST_RESPONSES),
      ...shown,
      services: board.summaries(),
      lag: lag.overTime(),
    };
  }

  private async look(): Promise<void> {
    const { glance, logger } = this.parts;
    try {
      this.seen = await glance.take();
    } catch (error) {
      logger.debug({ reason: (error as Error).message }, 'The page shows what was seen before');
    }
  }

  private topicFlow({ name, class: kind, records }: TopicCount): TopicFlow {
    return { name, class: kind, ...this.parts.meter.flow(name, records) };
  }

  private async endpoint(entry: DirectoryEntry): Promise<{ flow: EndpointFlow; topics: TopicCount[] }> {
    const { counts, meter } = this.parts;
    const majors = await Promise.all([...entry.majors.values()].map((made) => counts.ofMajor(made)));
    const flowOf = (what: 'requests' | 'responses' | 'deadLetters') =>
      meter.flow(`${what} of ${entry.endpoint}`, total(majors.map((major) => major[what])));
    const flow: EndpointFlow = {
      endpoint: entry.endpoint,
      status: entry.retired ? 'RETIRED' : 'LIVE',
      live: entry.live && isServing(entry) ? liveSummary(entry.live) : null,
      requests: flowOf('requests'),
      responses: flowOf('responses'),
      deadLetters: flowOf('deadLetters'),
      lag: total(majors.map((major) => major.lag)),
    };
    return { flow, topics: majors.flatMap((major) => major.topics) };
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const liveSummary = (live: NonNullable<DirectoryEntry['live']>) => ({
  revision: live.revision,
  major: live.major,
  since: live.occurredAt,
  arms: live.arms.map(({ arm, model, version, probability }) => ({ arm, model, version, probability })),
});
