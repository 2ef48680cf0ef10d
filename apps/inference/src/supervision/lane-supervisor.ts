import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, LaneStatus, type Logger } from '@millrace/contracts';
import { DirectEvents, MessagingEvents } from '@millrace/messaging';
import { CLOCK, type CounterMetric, type GaugeMetric, Health, LOGGER, Metrics, SETTINGS } from '@millrace/service';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { InferenceSettings } from '../inference.settings';
import { type Death, LaneWorkerProcess } from './lane-worker-process';
import { QuarantineDesk } from './quarantine-desk';
import { prepareRunFolder, recorderFile } from './run-folder';
import type { WorkerReport } from './worker-messages';

const TICK_MS = 1_000;
const STATUS_EVERY_TICKS = 10;
const STOP_MS = 20_000;
const STOP_POLL_MS = 20;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;

interface Slot {
  readonly index: number;
  worker: LaneWorkerProcess | null;
  /** Deaths in a row, for the back-off; a worker that reported itself ready has recovered. */
  deaths: number;
}

/** Keeps the lane workers alive: starts them, kills what is stuck or too large, counts deaths, tells what they do. */
@Injectable()
export class LaneSupervisor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly slots: Slot[];
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private ticks = 0;
  private generation = 0;
  private readonly responses: CounterMetric;
  private readonly deathsTotal: CounterMetric;
  private readonly lag: GaugeMetric;

  constructor(
    private readonly desk: QuarantineDesk,
    private readonly events: DirectEvents,
    private readonly lifecycle: MessagingEvents,
    health: Health,
    metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: InferenceSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.slots = Array.from({ length: settings.MILLRACE_LANE_WORKERS }, (_, index) => ({
      index,
      worker: null,
      deaths: 0,
    }));
    health.report('lane workers', () => this.reason());
    this.responses = metrics.counter('millrace_predictions_total', 'Responses by what became of the request.', [
      'endpoint',
      'outcome',
    ]);
    this.deathsTotal = metrics.counter('millrace_lane_worker_deaths_total', 'Lane workers that died.', [
      'inside_model',
    ]);
    this.lag = metrics.gauge('millrace_lane_lag_records', 'Requests without a response, per lane.', [
      'endpoint',
      'partition',
    ]);
  }

  onApplicationBootstrap(): void {
    prepareRunFolder(this.settings.MILLRACE_RUN_FOLDER);
    for (const slot of this.slots) this.start(slot);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    if (this.timer) clearInterval(this.timer);
    for (const { worker } of this.slots) worker?.order({ type: 'stop' });
    const until = this.clock.now() + STOP_MS;
    while (this.slots.some(({ worker }) => worker !== null) && this.clock.now() < until) {
      for (const { worker } of this.slots) worker?.enforceLimits();
      await sleep(STOP_POLL_MS);
    }
    for (const { worker } of this.slots) worker?.kill('did not stop in time');
  }

  private start(slot: Slot): void {
    const {
      MILLRACE_LANE_WORKER_HEAP_MIB,
      MILLRACE_LANE_WORKER_MEMORY_MIB,
      MILLRACE_MODEL_CALL_LIMIT_MS,
      MILLRACE_RUN_FOLDER,
    } = this.settings;
    this.generation++;
    const recorder = recorderFile(MILLRACE_RUN_FOLDER, this.generation);
    const limits = {
      heapMiB: MILLRACE_LANE_WORKER_HEAP_MIB,
      memoryMiB: MILLRACE_LANE_WORKER_MEMORY_MIB,
      callMs: MILLRACE_MODEL_CALL_LIMIT_MS,
    };
    slot.worker = new LaneWorkerProcess(
      recorder,
      limits,
      this.clock,
      this.logger,
      (report) => this.take(slot, report),
      (death) => this.died(slot, death),
    );
    this.logger.info({ slot: slot.index, pid: slot.worker.pid }, 'Started a lane worker');
  }

  private died(slot: Slot, death: Death): void {
    slot.worker = null;
    if (this.stopping.signal.aborted) return;
    slot.deaths++;
    this.deathsTotal.inc({ inside_model: death.digest ? 'yes' : 'no' });
    this.logger.warn(
      { slot: slot.index, how: death.how, digest: death.digest },
      'A lane worker died, starting another',
    );
    if (death.digest)
      this.desk
        .died(death.digest, death.how)
        .catch((error: Error) => this.logger.error({ err: error }, 'A death could not be counted'));
    const wait =
      slot.deaths === 1 ? 0 : Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(slot.deaths, 10));
    sleep(wait, undefined, { signal: this.stopping.signal }).then(
      () => this.start(slot),
      () => {},
    );
  }

  private tick(): void {
    this.ticks++;
    for (const { worker } of this.slots) worker?.enforceLimits();
    if (this.ticks % STATUS_EVERY_TICKS === 0) this.publishStatus();
  }

  private take(slot: Slot, report: WorkerReport): void {
    if (report.ready) slot.deaths = 0;
    for (const { endpoint, status, count } of report.counts)
      this.responses.inc({ endpoint, outcome: status.toLowerCase() }, count);
    for (const { name, event } of report.events) this.lifecycle.emit(name, event as never);
    for (const lane of report.lanes) this.lag.set(lane.lag, { endpoint: lane.endpoint, partition: lane.partition });
  }

  private publishStatus(): void {
    const lanes = this.slots.flatMap(({ worker }) => worker?.report?.lanes ?? []);
    const instance = `${process.pid}`;
    const data: LaneStatus = {
      instance,
      lanes: lanes.map(({ endpoint, topic, partition, position, revision, status, reason }) => ({
        endpoint,
        topic,
        partition,
        position,
        revision,
        state: status,
        reason,
      })),
    };
    const id = `${instance}:${this.clock.now()}`;
    this.events
      .publish(LaneStatus, instance, data, { id })
      .catch((error: Error) => this.logger.debug({ reason: error.message }, 'No lane status'));
  }

  private reason(): string | null {
    for (const { index, worker } of this.slots) {
      if (!worker) return `lane worker ${index} is being restarted`;
      if (!worker.report) return `lane worker ${index} starts`;
      if (worker.report.reason) return worker.report.reason;
    }
    return null;
  }
}
