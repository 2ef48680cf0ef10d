import type { Clock, Logger } from '@millrace/contracts';
import type { DirectoryEntry, EndpointDirectory } from '../infer/endpoint-directory';
import type { ResponseInbox } from '../infer/response-inbox';
import type { ViewStore } from '../persistence/view-store';
import type { ViewBody } from '../views/view';
import type { CountTopics, TopicCount } from './count-topics';
import type { FlowMeter } from './flow-meter';
import type { EndpointFlow, LiveSnapshot, RunSummary, TopicFlow } from './live-snapshot';
import type { ServiceBoard } from './service-board';

export interface TakeSnapshotParts {
  readonly directory: EndpointDirectory;
  readonly inbox: ResponseInbox;
  readonly views: ViewStore;
  readonly meter: FlowMeter;
  readonly board: ServiceBoard;
  readonly counts: CountTopics;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Lists = Readonly<Record<'source' | 'dataset' | 'run' | 'model', readonly ViewBody[]>>;

const LAST_RESPONSES = 10;
/** Everything the page draws, as of now. */
export class TakeSnapshot {
  private lists: Lists = { source: [], dataset: [], run: [], model: [] };

  constructor(private readonly parts: TakeSnapshotParts) {}

  /** @throws InfrastructureError when the broker does not answer. While the database is away, its lists stay as they were. */
  async take(): Promise<LiveSnapshot> {
    const { directory, inbox, counts, board, clock } = this.parts;
    await this.refreshLists();
    const endpoints = await Promise.all(directory.all().map((entry) => this.endpoint(entry)));
    const sources = await Promise.all(this.lists.source.map((body) => counts.ofSource(String(body.source))));
    const topics = [...sources.flat(), ...endpoints.flatMap(({ topics }) => topics), ...(await counts.ofServices())];
    return {
      at: clock.now(),
      topics: topics.map((topic) => this.topicFlow(topic)),
      endpoints: endpoints.map(({ flow }) => flow),
      responses: await inbox.tail(LAST_RESPONSES),
      datasets: this.lists.dataset.map((body) => ({ dataset: String(body.dataset), rows: Number(body.rows) })),
      runs: this.lists.run.map(runSummary),
      models: this.lists.model.map((body) => ({
        model: String(body.model),
        versions: (body.versions as unknown[] | undefined)?.length ?? 0,
      })),
      services: board.summaries(),
    };
  }

  private async refreshLists(): Promise<void> {
    const { views, logger } = this.parts;
    try {
      const [source, dataset, run, model] = await Promise.all([
        views.list('source'),
        views.list('dataset'),
        views.list('run'),
        views.list('model'),
      ]);
      this.lists = { source, dataset, run, model };
    } catch (error) {
      logger.debug({ reason: (error as Error).message }, 'The page shows lists of before');
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
      live: entry.live && liveSummary(entry.live),
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

function runSummary(body: ViewBody): RunSummary {
  const result = body.result as { holdOut: Record<string, number>; baseline: Record<string, number> } | undefined;
  return {
    run: String(body.run),
    model: String(body.model),
    dataset: String(body.dataset),
    status: String(body.status),
    progress: (body.progress as RunSummary['progress'] | undefined) ?? null,
    holdOut: result?.holdOut ?? null,
    baseline: result?.baseline ?? null,
    reason: (body.reason as string | undefined) ?? null,
  };
}
