import {
  type EndpointCreated,
  endpointFamily,
  Topics,
  WindowClosed,
  type WindowColumn,
  WindowCorrected,
} from '@millrace/contracts';
import { WindowAccumulator, type WindowRow, type WindowState } from '@millrace/evaluation';
import type { Events, FetchedPartition, Fold, KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import type { Positions } from '@millrace/persistence';
import type { Reference } from '../domain/reference';
import { Slicers } from '../domain/slices';
import { figuresOf } from '../domain/window-figures';
import { textOf, type WindowKey } from '../domain/window-key';
import { placeOf, type TimeLine, type WindowRules } from '../domain/window-time';
import type { Served } from '../persistence/lineage.repository';
import type { StoredWindow, UntoldWindow, WindowRepository } from '../persistence/window.repository';
import { factsOfFamily } from './facts-of-family';
import type { References } from './references';
import { type ReadRows, type ResponseRow, ResponseRows } from './response-rows';
import { type Progress, type Swept, type Taken, WindowBook } from './window-book';
import type { WindowMetrics } from './window-metrics';

export interface WindowFoldOptions {
  readonly endpoint: EndpointCreated;
  readonly client: KafkaClient;
  readonly registry: SchemaRegistryClient;
  readonly windows: WindowRepository;
  readonly references: References;
  readonly positions: Positions;
  readonly events: Events;
  readonly metrics: WindowMetrics;
  readonly rules: WindowRules;
  /** Least time between two corrections of a window, milliseconds. */
  readonly correctionsMs: number;
  /** Features that windows are sliced by. */
  readonly slices: readonly string[];
  readonly now: () => number;
}

/** The rows of one batch in one window. */
interface Delta {
  readonly key: WindowKey;
  readonly window: WindowAccumulator;
  rows: number;
}

export interface WindowBatch extends Pick<ReadRows, 'buried' | 'requestGone'> {
  readonly progress: Progress;
  readonly deltas: readonly StoredWindow<WindowState>[];
  readonly windowed: number;
  readonly implausible: number;
}

/**
 * Counts the responses of one major of an endpoint in windows of event time, in fold mode, and tells of each window when it is
 * over. A batch is counted by itself first, without the database; then what it adds is merged into the stored windows. Their states
 * do not depend on the order of their rows, so partitions may be read side by side, and again after a crash.
 */
export class WindowFold {
  readonly family: string;
  readonly group: string;
  readonly book: WindowBook<WindowState>;
  private readonly rows: ResponseRows;
  private readonly slicers: Slicers;

  constructor(private readonly options: WindowFoldOptions) {
    const { client, registry, endpoint, windows, rules, correctionsMs, slices, now } = options;
    this.slicers = new Slicers(slices);
    this.family = endpointFamily(endpoint);
    this.group = `monitoring.windows.${this.family}`;
    this.rows = new ResponseRows(client, registry, endpoint);
    this.book = new WindowBook<WindowState>({
      book: this.family,
      partitions: endpoint.partitions,
      windows,
      rules,
      correctionsMs,
      merge: (key, before, delta) => this.merged(key, before, delta),
      publish: (closed, corrected, at, progress) => this.publish(closed, corrected, at, progress),
      now,
    });
  }

  /** What a host runs, or a rebuild. */
  asFold(): Fold<WindowBatch, Taken> {
    return {
      group: this.group,
      topics: [this.options.endpoint.responsesTopic],
      prepare: (batch, signal) => this.prepare(batch, signal),
      fold: (batch) => this.fold(batch),
      folded: (batch, taken) => this.folded(batch, taken),
    };
  }

  async prepare(batch: FetchedPartition, signal: AbortSignal): Promise<WindowBatch> {
    const { rules, references } = this.options;
    const { rows, requestGone, buried } = await this.rows.read(batch, signal);
    const deltas = new Map<string, Delta>();
    const latest = new Map<TimeLine, number>();
    let implausible = 0;
    for (const row of rows) {
      const place = placeOf(row.request.eventTime, row.sentAt, rules);
      if (place === null) {
        implausible++;
        continue;
      }
      const { time, at, start } = place;
      latest.set(time, Math.max(latest.get(time) ?? Number.NEGATIVE_INFINITY, at));
      const served = await this.servedFor(row);
      const reference = await references.of(served);
      const counted = countedOf(row, reference);
      for (const slice of [null, ...this.slicers.of(reference, row.request.features)]) {
        const { model = null, version = null } = served ?? {};
        const delta = deltaOf(deltas, { time, start, model, version, slice }, reference);
        delta.window.add(counted);
        delta.rows++;
      }
    }
    const { partition, nextOffset, lastStableOffset } = batch;
    return {
      progress: {
        partition,
        nextOffset,
        behind: nextOffset < lastStableOffset,
        latest: new Map([[partition, latest]]),
      },
      deltas: [...deltas.values()].map(({ key, window, rows: count }) => ({ key, rows: count, state: window.state() })),
      windowed: rows.length - implausible,
      implausible,
      requestGone,
      buried,
    };
  }

  async fold({ deltas, progress, buried }: WindowBatch): Promise<Taken> {
    const { events } = this.options;
    for (const { record, error } of buried) await events.bury(record, error, Topics.monitoringDeadLetters);
    return this.book.take(deltas, progress);
  }

  /** After the commit. */
  folded(batch: WindowBatch, taken: Taken): void {
    const { metrics, endpoint } = this.options;
    this.book.taken();
    metrics.responses(endpoint.endpoint, 'windowed', batch.windowed - taken.tooLate);
    metrics.responses(endpoint.endpoint, 'too-late', taken.tooLate);
    metrics.responses(endpoint.endpoint, 'implausible-time', batch.implausible);
    metrics.responses(endpoint.endpoint, 'request-gone', batch.requestGone);
    metrics.responses(endpoint.endpoint, 'unreadable', batch.buried.length);
    metrics.windows(endpoint.endpoint, taken);
  }

  /** After the commit of a sweep of the book. */
  swept(swept: Swept): void {
    this.book.swept(swept);
    this.options.metrics.windows(this.options.endpoint.endpoint, swept);
  }

  close(): Promise<void> {
    return this.rows.close();
  }

  private async servedFor({ response }: ResponseRow): Promise<Served | null> {
    const { references, endpoint } = this.options;
    return response.decision ?? references.servedBy(endpoint.endpoint, response.releaseRevision);
  }

  private async merged(key: WindowKey, before: WindowState, delta: WindowState): Promise<WindowState> {
    const { profile } = await this.options.references.ofWindow(key);
    const window = WindowAccumulator.fromState(profile, before);
    window.merge(delta);
    return window.state();
  }

  private async publish(
    closed: readonly UntoldWindow<WindowState>[],
    corrected: readonly UntoldWindow<WindowState>[],
    at: number,
    progress: Progress | null,
  ): Promise<void> {
    const { windows, events, endpoint, positions } = this.options;
    const stored = await positions.load(this.group, endpoint.responsesTopic);
    const read = new Map(progress ? [...stored, [progress.partition, progress.nextOffset]] : stored);
    const readUpTo = [...read]
      .map(([partition, offset]) => ({ partition, offset }))
      .sort((a, b) => a.partition - b.partition);
    const [place] = progress ? [{ partition: progress.partition, offset: progress.nextOffset }] : readUpTo;
    const cause = `${endpoint.responsesTopic}/${place?.partition ?? 0}/${(place?.offset ?? 0) - 1}`;
    const version = await windows.takeVersions(this.family, closed.length + corrected.length);
    const facts = factsOfFamily(this.family, version, cause);
    const told = (window: UntoldWindow<WindowState>) => this.eventOf(window);
    const first = [];
    for (const window of closed) first.push(facts({ ...(await told(window)), occurredAt: at, readUpTo }));
    await events.publishAll(WindowClosed, first);
    const again = [];
    for (const window of corrected) {
      const correction = (window.corrections as number) + 1;
      again.push(facts({ ...(await told(window)), occurredAt: at, readUpTo, correction }));
    }
    await events.publishAll(WindowCorrected, again);
  }

  private async eventOf({ key, state }: UntoldWindow<WindowState>) {
    const { endpoint, references, rules } = this.options;
    const reference = await references.ofWindow(key);
    const { columns, ...figures } = figuresOf(reference, state);
    return {
      endpoint: endpoint.endpoint,
      major: endpoint.major,
      ...key,
      end: key.start + rules.widthMs,
      reference: reference.named,
      columns: columns as WindowColumn[],
      columnsLeftOut: reference.columnsLeftOut,
      ...figures,
    };
  }
}

function deltaOf(deltas: Map<string, Delta>, key: WindowKey, reference: Reference): Delta {
  const text = textOf(key);
  let delta = deltas.get(text);
  if (!delta) {
    delta = { key, window: new WindowAccumulator(reference.profile), rows: 0 };
    deltas.set(text, delta);
  }
  return delta;
}

function countedOf({ request, response, sentAt, answeredAt }: ResponseRow, { madeAt }: Reference): WindowRow {
  return {
    values: { FEATURE: request.features, ...(response.outputs ? { PREDICTION: response.outputs } : {}) },
    status: response.status,
    latencyMs: answeredAt - sentAt,
    laneMs: response.decidedAt - sentAt,
    ...(madeAt === null ? {} : { modelAgeMs: response.decidedAt - madeAt }),
  };
}
