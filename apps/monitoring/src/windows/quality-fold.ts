import {
  type EndpointCreated,
  endpointFamily,
  endpointTopics,
  type LabelledExample,
  PoisonError,
  QualityMeasured,
  Topics,
} from '@millrace/contracts';
import {
  type Events,
  type FetchedPartition,
  type Fold,
  type FramedReader,
  type KafkaRecord,
  labelledReader,
  RecentExamples,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { Positions } from '@millrace/persistence';
import { type QualityState, QualityWindow, qualityFigures } from '../domain/quality-window';
import type { Reference } from '../domain/reference';
import { Slicers } from '../domain/slices';
import { textOf, type WindowKey } from '../domain/window-key';
import { placeOf, type TimeLine, type WindowRules } from '../domain/window-time';
import type { Served } from '../persistence/lineage.repository';
import type { QualityRepository } from '../persistence/quality.repository';
import type { UntoldWindow, WindowRepository } from '../persistence/window.repository';
import { factsOfFamily } from './facts-of-family';
import type { References } from './references';
import { type Progress, type Swept, type Taken, WindowBook } from './window-book';
import type { WindowMetrics } from './window-metrics';

export interface QualityFoldOptions {
  readonly endpoint: EndpointCreated;
  readonly registry: SchemaRegistryClient;
  readonly windows: WindowRepository;
  readonly quality: QualityRepository;
  readonly references: References;
  readonly positions: Positions;
  readonly events: Events;
  readonly metrics: WindowMetrics;
  readonly rules: WindowRules;
  readonly correctionsMs: number;
  readonly slices: readonly string[];
  readonly now: () => number;
}

interface Judged {
  readonly example: LabelledExample;
  readonly served: Served | null;
  readonly reference: Reference;
}

export interface QualityBatch {
  readonly progress: Omit<Progress, 'latest'>;
  readonly judged: readonly Judged[];
  readonly buried: readonly { readonly record: KafkaRecord; readonly error: PoisonError }[];
}

export interface QualityTaken extends Taken {
  readonly windowed: number;
  readonly repeated: number;
  readonly implausible: number;
}

/**
 * Measures the answers of one major of an endpoint by the outcomes that came for them, in windows of the requests' event time,
 * in fold mode. An example that ingestion has published twice counts once.
 */
export class QualityFold {
  readonly family: string;
  readonly group: string;
  readonly topic: string;
  readonly book: WindowBook<QualityState>;
  private readonly name: string;
  private readonly reader: FramedReader<LabelledExample>;
  private readonly slicers: Slicers;

  constructor(private readonly options: QualityFoldOptions) {
    const { endpoint, registry, windows, rules, correctionsMs, slices, now } = options;
    this.slicers = new Slicers(slices);
    this.family = endpointFamily(endpoint);
    this.name = `quality/${this.family}`;
    this.group = `monitoring.quality.${this.family}`;
    this.topic = endpointTopics(endpoint.endpoint, endpoint.major).labelled.name;
    this.reader = labelledReader(endpoint, registry);
    this.book = new WindowBook<QualityState>({
      book: this.name,
      partitions: endpoint.partitions,
      windows,
      rules,
      correctionsMs,
      merge: (key, before, delta) => this.merged(key, before, delta),
      publish: (closed, corrected, at, progress) => this.publish([...closed, ...corrected], at, progress),
      now,
    });
  }

  /** What a host runs, or a rebuild. */
  asFold(): Fold<QualityBatch, QualityTaken> {
    return {
      group: this.group,
      topics: [this.topic],
      prepare: (batch) => this.prepare(batch),
      fold: (batch) => this.fold(batch),
      folded: (batch, taken) => this.folded(batch, taken),
    };
  }

  async prepare({ partition, records, nextOffset, lastStableOffset }: FetchedPartition): Promise<QualityBatch> {
    const judged: Judged[] = [];
    const buried: { record: KafkaRecord; error: PoisonError }[] = [];
    while (records.next()) {
      const record = records.record();
      try {
        const example = await this.reader.read(record.value);
        const served = await this.servedFor(example);
        judged.push({ example, served, reference: await this.options.references.of(served) });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        buried.push({ record, error });
      }
    }
    return { progress: { partition, nextOffset, behind: nextOffset < lastStableOffset }, judged, buried };
  }

  async fold({ judged, progress, buried }: QualityBatch): Promise<QualityTaken> {
    const { events, quality, rules } = this.options;
    for (const { record, error } of buried) await events.bury(record, error, Topics.monitoringDeadLetters);
    const recent = new RecentExamples(await quality.recent(this.family));
    const deltas = new Map<string, { key: WindowKey; rows: number; window: QualityWindow }>();
    // Ingestion may have joined one partition far ahead of the others, so each has a clock of its own.
    const latest = new Map(this.requestPartitions().map((partition) => [partition, new Map<TimeLine, number>()]));
    const counts = { windowed: 0, repeated: 0, implausible: 0 };
    for (const { example, served, reference } of judged) {
      if (!recent.take(example)) {
        counts.repeated++;
        continue;
      }
      const place = placeOf(example.eventTime, example.decidedAt, rules);
      if (place === null) {
        counts.implausible++;
        continue;
      }
      counts.windowed++;
      const { time, at, start } = place;
      const clock = latest.get(example.requestPartition);
      clock?.set(time, Math.max(clock.get(time) ?? Number.NEGATIVE_INFINITY, at));
      const { model = null, version = null } = served ?? {};
      for (const slice of [null, ...this.slicers.of(reference, example.features)]) {
        const key = { time, start, model, version, slice };
        const delta = deltas.get(textOf(key)) ?? { key, rows: 0, window: new QualityWindow(reference.scored) };
        deltas.set(textOf(key), delta);
        delta.window.add(example.label, example.outputs);
        delta.rows++;
      }
    }
    await quality.remember(this.family, recent.list());
    const made = [...deltas.values()].map(({ key, rows, window }) => ({ key, rows, state: window.state() }));
    return { ...counts, ...(await this.book.take(made, { ...progress, latest })) };
  }

  /** After the commit. */
  folded({ buried }: QualityBatch, taken: QualityTaken): void {
    const { metrics, endpoint } = this.options;
    this.book.taken();
    metrics.examples(endpoint.endpoint, 'windowed', taken.windowed - taken.tooLate);
    metrics.examples(endpoint.endpoint, 'too-late', taken.tooLate);
    metrics.examples(endpoint.endpoint, 'implausible-time', taken.implausible);
    metrics.examples(endpoint.endpoint, 'repeated', taken.repeated);
    metrics.examples(endpoint.endpoint, 'unreadable', buried.length);
    metrics.quality(endpoint.endpoint, taken);
  }

  /** After the commit of a sweep of the book. */
  swept(swept: Swept): void {
    this.book.swept(swept);
    this.options.metrics.quality(this.options.endpoint.endpoint, swept);
  }

  async close(): Promise<void> {}

  private requestPartitions(): number[] {
    return Array.from({ length: this.options.endpoint.partitions }, (_, partition) => partition);
  }

  private async servedFor({ model, version, releaseRevision }: LabelledExample): Promise<Served | null> {
    const { references, endpoint } = this.options;
    if (model !== null && version !== null) return { model, version };
    return references.servedBy(endpoint.endpoint, releaseRevision);
  }

  private async merged(key: WindowKey, before: QualityState, delta: QualityState): Promise<QualityState> {
    const { scored } = await this.options.references.ofWindow(key);
    const window = QualityWindow.fromState(scored, before);
    window.merge(delta);
    return window.state();
  }

  private async publish(
    told: readonly UntoldWindow<QualityState>[],
    at: number,
    progress: Progress | null,
  ): Promise<void> {
    const { windows, events, endpoint, positions, references, rules } = this.options;
    const stored = await positions.load(this.group, this.topic);
    const readUpTo = progress?.nextOffset ?? stored.get(0) ?? 0;
    const version = await windows.takeVersions(this.family, told.length);
    const facts = factsOfFamily(this.family, version, `${this.topic}/0/${readUpTo - 1}`);
    const items = [];
    for (const { key, state, corrections } of told) {
      const { scored, holdOut } = await references.ofWindow(key);
      const data = {
        occurredAt: at,
        endpoint: endpoint.endpoint,
        major: endpoint.major,
        ...key,
        end: key.start + rules.widthMs,
        correction: corrections === null ? 0 : corrections + 1,
        output: scored?.field ?? null,
        ...qualityFigures(state),
        holdOut,
        readUpTo,
      };
      items.push(facts(data));
    }
    await events.publishAll(QualityMeasured, items);
  }
}
