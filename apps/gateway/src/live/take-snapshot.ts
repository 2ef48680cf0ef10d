import {
  allTopics,
  type Clock,
  type EndpointCreated,
  type Logger,
  sourceTopics,
  type TopicClass,
} from '@millrace/contracts';
import type { KafkaClient } from '@millrace/messaging';
import { type DirectoryEntry, EndpointDirectory } from '../infer/endpoint-directory';
import type { ResponseInbox } from '../infer/response-inbox';
import type { ViewStore } from '../persistence/view-store';
import type { ViewBody } from '../views/view';
import type { FlowMeter } from './flow-meter';
import type { EndpointFlow, Flow, LiveSnapshot, RunSummary, TopicFlow } from './live-snapshot';
import type { ServiceBoard } from './service-board';

export interface TakeSnapshotParts {
  readonly directory: EndpointDirectory;
  readonly inbox: ResponseInbox;
  readonly views: ViewStore;
  readonly meter: FlowMeter;
  readonly board: ServiceBoard;
  readonly kafka: KafkaClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Named {
  readonly name: string;
  readonly class: TopicClass;
}

type Lists = Readonly<Record<'source' | 'dataset' | 'run' | 'model', readonly ViewBody[]>>;

const LAST_RESPONSES = 10;
const STILL: Flow = { records: 0, rate: 0 };
const CONTROL_DEAD_LETTERS: readonly Named[] = allTopics.filter((topic) => topic.class === 'dead letters');

/** Everything the page draws, as of now. */
export class TakeSnapshot {
  private lists: Lists = { source: [], dataset: [], run: [], model: [] };

  constructor(private readonly parts: TakeSnapshotParts) {}

  /** @throws InfrastructureError when the broker does not answer. While the database is away, its lists stay as they were. */
  async take(): Promise<LiveSnapshot> {
    const { directory, inbox, meter, board, clock } = this.parts;
    await this.refreshLists();
    const entries = directory.all();
    const topics = this.topics(entries);
    const flows = await meter.measure(topics.map((topic) => topic.name));
    const flowOf = (name: string): Flow => flows.get(name) ?? STILL;
    return {
      at: clock.now(),
      topics: topics
        .map((topic): TopicFlow => ({ name: topic.name, class: topic.class, ...flowOf(topic.name) }))
        .filter((topic) => topic.records > 0 || !topic.name.includes('.dead-letters.')),
      endpoints: await Promise.all(entries.map((entry) => this.endpoint(entry, flowOf))),
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

  private topics(entries: readonly DirectoryEntry[]): Named[] {
    return [
      ...this.lists.source.flatMap((source): Named[] => Object.values(sourceTopics(String(source.source)))),
      ...entries.flatMap((entry) => [...entry.majors.values()].flatMap(topicsOfMajor)),
      ...CONTROL_DEAD_LETTERS,
    ];
  }

  private async endpoint(entry: DirectoryEntry, flowOf: (topic: string) => Flow): Promise<EndpointFlow> {
    const majors = [...entry.majors.values()];
    const sum = (topicOf: (made: EndpointCreated) => string): Flow =>
      total(majors.map((made) => flowOf(topicOf(made))));
    const lags = await Promise.all(majors.map((made) => this.lag(made.requestsTopic)));
    return {
      endpoint: entry.endpoint,
      status: entry.retired ? 'RETIRED' : 'LIVE',
      live: entry.live && liveSummary(entry.live),
      requests: sum((made) => made.requestsTopic),
      responses: sum((made) => made.responsesTopic),
      deadLetters: sum((made) => made.deadLettersTopic),
      lag: lags.reduce((all, one) => all + one, 0),
    };
  }

  /** Requests between the offset that the lanes have committed and the end. */
  private async lag(requestsTopic: string): Promise<number> {
    const { admin } = this.parts.kafka;
    const [ends, starts, committed] = await Promise.all([
      admin.endOffsets(requestsTopic, 'committed'),
      admin.startOffsets(requestsTopic),
      admin.committedOffsets(`inference.${requestsTopic}`, requestsTopic),
    ]);
    const behind = [...ends].map(([partition, end]) => {
      const done = committed.get(partition) ?? -1;
      return Math.max(0, end - (done < 0 ? (starts.get(partition) ?? 0) : done));
    });
    return behind.reduce((all, one) => all + one, 0);
  }
}

function topicsOfMajor(made: EndpointCreated): Named[] {
  return [
    { name: made.requestsTopic, class: 'requests' },
    { name: made.responsesTopic, class: 'responses' },
    { name: made.deadLettersTopic, class: 'dead letters' },
    { name: made.outcomesTopic, class: 'outcomes' },
  ];
}

const total = (flows: readonly Flow[]): Flow => ({
  records: flows.reduce((all, flow) => all + flow.records, 0),
  rate: flows.reduce((all, flow) => all + flow.rate, 0),
});

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
