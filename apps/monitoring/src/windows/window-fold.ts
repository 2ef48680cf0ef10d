import { type EndpointCreated, Topics, WindowClosed, type WindowColumn, WindowCorrected } from '@millrace/contracts';
import { WindowAccumulator, type WindowRow } from '@millrace/evaluation';
import {
  type Cause,
  controlEventId,
  type Events,
  type FetchedPartition,
  type Fold,
  type KafkaClient,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { Positions } from '@millrace/persistence';
import type { Reference } from '../domain/reference';
import { Slicer } from '../domain/slices';
import { figuresOf } from '../domain/window-figures';
import { compareKeys, textOf, type WindowKey } from '../domain/window-key';
import { closingTime, isSilent, oldestKept, placeOf, type TimeLine, type WindowRules } from '../domain/window-time';
import type { Served } from '../persistence/lineage.repository';
import type { UntoldWindow, WindowRepository } from '../persistence/window.repository';
import type { References } from './references';
import { type ReadRows, type ResponseRow, ResponseRows } from './response-rows';
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
  readonly reference: Reference;
  readonly window: WindowAccumulator;
  rows: number;
}

export interface WindowBatch extends Pick<ReadRows, 'buried' | 'requestGone'> {
  readonly partition: number;
  readonly nextOffset: number;
  /** The batch did not reach the end of the partition. */
  readonly behind: boolean;
  readonly deltas: readonly Delta[];
  /** Latest time of its rows, of each time line that has any. */
  readonly latest: ReadonlyMap<TimeLine, number>;
  readonly windowed: number;
  readonly implausible: number;
}

interface Told {
  readonly closed: number;
  readonly corrected: number;
}

export interface WindowsTold extends Told {
  readonly tooLate: number;
}

export interface Swept extends Told {
  readonly foldedBefore: number;
  /** Nothing is left that time alone could tell of. */
  readonly settled: boolean;
}

const TIME_LINES: readonly TimeLine[] = ['EVENT', 'SENT'];

/**
 * Counts the responses of one major of an endpoint in windows of event time, in fold mode, and tells of each window when it is
 * over. A batch is counted by itself first, without the database; then what it adds is merged into the stored windows. Their states
 * do not depend on the order of their rows, so partitions may be read side by side, and again after a crash.
 */
export class WindowFold {
  readonly family: string;
  readonly group: string;
  private readonly rows: ResponseRows;
  private readonly slicers = new Map<Reference, Slicer>();
  private readonly since: number;
  private foldedBatches = 0;
  /** Batches after which nothing was left to tell. */
  private settledBatches = -1;

  constructor(private readonly options: WindowFoldOptions) {
    const { client, registry, endpoint } = options;
    this.family = `${endpoint.endpoint}.v${endpoint.major}`;
    this.group = `monitoring.windows.${this.family}`;
    this.rows = new ResponseRows(client, registry, endpoint);
    this.since = options.now();
  }

  /** What a host runs, or a rebuild. */
  asFold(): Fold<WindowBatch, WindowsTold> {
    return {
      group: this.group,
      topics: [this.options.endpoint.responsesTopic],
      prepare: (batch, signal) => this.prepare(batch, signal),
      fold: (batch) => this.fold(batch),
      folded: (batch, told) => this.folded(batch, told),
    };
  }

  async prepare(batch: FetchedPartition, signal: AbortSignal): Promise<WindowBatch> {
    const { rules } = this.options;
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
      latest.set(place.time, Math.max(latest.get(place.time) ?? Number.NEGATIVE_INFINITY, place.at));
      const served = await this.servedFor(row);
      const reference = await this.options.references.of(served);
      const slices = [null, ...this.slicerOf(reference).of(row.request.features)];
      const counted = countedOf(row, reference);
      for (const slice of slices) {
        const { model = null, version = null } = served ?? {};
        const delta = deltaOf(deltas, { time: place.time, start: place.start, model, version, slice }, reference);
        delta.window.add(counted);
        delta.rows++;
      }
    }
    return {
      partition: batch.partition,
      nextOffset: batch.nextOffset,
      behind: batch.nextOffset < batch.lastStableOffset,
      deltas: [...deltas.values()],
      latest,
      windowed: rows.length - implausible,
      implausible,
      requestGone,
      buried,
    };
  }

  async fold(batch: WindowBatch): Promise<WindowsTold> {
    const { windows, events, endpoint, now } = this.options;
    await windows.lockFamily(this.family);
    const kept = await this.keptOf(batch.deltas);
    const states = await windows.states(
      this.family,
      kept.map(({ key }) => key),
    );
    const merged = kept.map(({ key, reference, window }) => {
      const before = states.get(textOf(key));
      if (!before) return { key, state: window.state() };
      const whole = WindowAccumulator.fromState(reference.profile, before);
      whole.merge(window.state());
      return { key, state: whole.state() };
    });
    await windows.save(this.family, merged);
    for (const [time, at] of batch.latest) await windows.advance(this.family, time, batch.partition, at);
    await windows.touch(this.family, batch.partition, [...batch.latest.keys()], now(), batch.behind);
    for (const { record, error } of batch.buried) await events.bury(record, error, Topics.monitoringDeadLetters);
    const whole = (deltas: readonly Delta[]) => deltas.filter(({ key }) => key.slice === null);
    const rowsOf = (deltas: readonly Delta[]) => whole(deltas).reduce((sum, { rows }) => sum + rows, 0);
    const readUpTo = new Map([[batch.partition, batch.nextOffset]]);
    const cause = `${endpoint.responsesTopic}/${batch.partition}/${batch.nextOffset - 1}`;
    return { tooLate: rowsOf(batch.deltas) - rowsOf(kept), ...(await this.tell(readUpTo, cause)) };
  }

  /** After the commit. */
  folded(batch: WindowBatch, { tooLate, closed, corrected }: WindowsTold): void {
    const { metrics, endpoint } = this.options;
    this.foldedBatches++;
    metrics.responses(endpoint.endpoint, 'windowed', batch.windowed - tooLate);
    metrics.responses(endpoint.endpoint, 'too-late', tooLate);
    metrics.responses(endpoint.endpoint, 'implausible-time', batch.implausible);
    metrics.responses(endpoint.endpoint, 'request-gone', batch.requestGone);
    metrics.responses(endpoint.endpoint, 'unreadable', batch.buried.length);
    this.count(closed, corrected);
  }

  /** Whether time alone may close a window or let a correction out. */
  get isPending(): boolean {
    return this.foldedBatches !== this.settledBatches;
  }

  /** Tells of windows that are over because nothing comes any more. Inside a unit of work. */
  async sweep(): Promise<Swept> {
    const { now, rules, windows } = this.options;
    const foldedBefore = this.foldedBatches;
    await windows.lockFamily(this.family);
    const told = await this.tell(new Map(), null);
    const clocks = (await Promise.all(TIME_LINES.map((time) => this.clocksOf(time)))).flat();
    const silent = clocks.every((clock) => isSilent(clock, now(), this.since, rules.idleMs));
    const settled = told.closed + told.corrected === 0 && silent && !(await windows.hasUntold(this.family));
    return { ...told, foldedBefore, settled };
  }

  /** After the commit. */
  swept({ closed, corrected, foldedBefore, settled }: Swept): void {
    if (settled) this.settledBatches = foldedBefore;
    this.count(closed, corrected);
  }

  close(): Promise<void> {
    return this.rows.close();
  }

  private count(closed: number, corrected: number): void {
    const { metrics, endpoint } = this.options;
    metrics.windows(endpoint.endpoint, 'closed', closed);
    metrics.windows(endpoint.endpoint, 'corrected', corrected);
  }

  private async servedFor({ response }: ResponseRow): Promise<Served | null> {
    const { references, endpoint } = this.options;
    return response.decision ?? references.servedBy(endpoint.endpoint, response.releaseRevision);
  }

  private slicerOf(reference: Reference): Slicer {
    let slicer = this.slicers.get(reference);
    if (!slicer) {
      slicer = new Slicer(reference, this.options.slices);
      this.slicers.set(reference, slicer);
    }
    return slicer;
  }

  private clocksOf(time: TimeLine) {
    return this.options.windows.clocks(this.family, time, this.options.endpoint.partitions);
  }

  /** Windows that still take rows. */
  private async keptOf(deltas: readonly Delta[]): Promise<Delta[]> {
    const oldest = new Map<TimeLine, number>();
    for (const time of new Set(deltas.map(({ key }) => key.time))) oldest.set(time, await this.oldestOf(time));
    return deltas.filter(({ key }) => key.start >= (oldest.get(key.time) as number));
  }

  private async oldestOf(time: TimeLine): Promise<number> {
    const watermarks = (await this.clocksOf(time)).map(({ watermark }) => watermark);
    return oldestKept(watermarks, await this.options.windows.starts(this.family, time), this.options.rules);
  }

  private async tell(readUpTo: ReadonlyMap<number, number>, cause: string | null): Promise<Told> {
    const { windows, rules, now, correctionsMs } = this.options;
    const untold: UntoldWindow[] = [];
    const forgotten: [TimeLine, number][] = [];
    for (const time of TIME_LINES) {
      const over = closingTime(await this.clocksOf(time), now(), this.since, rules.idleMs);
      const forgottenBefore = await this.oldestOf(time);
      const closedBefore = over - rules.latenessMs - rules.widthMs + 1;
      const toldUpTo = now() - correctionsMs;
      untold.push(...(await windows.untold(this.family, { time, closedBefore, forgottenBefore, toldUpTo })));
      forgotten.push([time, forgottenBefore]);
    }
    const closed = untold.filter(({ corrections }) => corrections === null);
    const corrected = untold.filter(({ corrections }) => corrections !== null);
    if (untold.length > 0) await this.publish(closed, corrected, readUpTo, cause);
    for (const [time, before] of forgotten) await windows.forget(this.family, time, before);
    return { closed: closed.length, corrected: corrected.length };
  }

  private async publish(
    closed: readonly UntoldWindow[],
    corrected: readonly UntoldWindow[],
    read: ReadonlyMap<number, number>,
    cause: string | null,
  ): Promise<void> {
    const { windows, events, endpoint, now, positions } = this.options;
    const stored = await positions.load(this.group, endpoint.responsesTopic);
    const readUpTo = [...new Map([...stored, ...read])]
      .map(([partition, offset]) => ({ partition, offset }))
      .sort((a, b) => a.partition - b.partition);
    const [last] = readUpTo;
    const id = cause ?? `${endpoint.responsesTopic}/${last?.partition ?? 0}/${(last?.offset ?? 0) - 1}`;
    const at = now();
    let version = await windows.takeVersions(this.family, closed.length + corrected.length);
    const item = async (window: UntoldWindow) => {
      const data = { ...(await this.eventOf(window)), occurredAt: at, aggregateVersion: ++version, readUpTo };
      return {
        key: this.family,
        data,
        id: controlEventId(Topics.windows.name, this.family, data.aggregateVersion),
        cause: { id, correlationId: this.family, traceparent: null } satisfies Cause,
      };
    };
    const items = [];
    for (const window of [...closed].sort((a, b) => compareKeys(a.key, b.key))) items.push(await item(window));
    await events.publishAll(WindowClosed, items);
    const corrections = [];
    for (const window of [...corrected].sort((a, b) => compareKeys(a.key, b.key))) {
      const { data, ...more } = await item(window);
      corrections.push({ ...more, data: { ...data, correction: (window.corrections as number) + 1 } });
    }
    await events.publishAll(WindowCorrected, corrections);
    await windows.told(this.family, [...closed, ...corrected], at);
  }

  private async eventOf({ key, state }: UntoldWindow) {
    const { endpoint, references, rules } = this.options;
    const { model, version } = key;
    const served = model === null || version === null ? null : { model, version };
    const reference = await references.of(served);
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
    delta = { key, reference, window: new WindowAccumulator(reference.profile), rows: 0 };
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
