import { compareKeys, textOf, type WindowKey } from '../domain/window-key';
import { closingTime, isSilent, oldestKept, type TimeLine, type WindowRules } from '../domain/window-time';
import type { StoredWindow, UntoldWindow, WindowRepository } from '../persistence/window.repository';

/** Latest time that a batch has shown of a partition, on each time line that it had rows of. */
export type Latest = ReadonlyMap<TimeLine, number>;

/** What a batch says about how far things have come. */
export interface Progress {
  /** Of the topic that was read. */
  readonly partition: number;
  readonly nextOffset: number;
  /** The batch did not reach the end of the partition. */
  readonly behind: boolean;
  /** By partition of the requests, whose rows come in order; those are named too that may have come further without a row. */
  readonly latest: ReadonlyMap<number, Latest>;
}

export interface Told {
  readonly closed: number;
  readonly corrected: number;
}

export interface Taken extends Told {
  /** Rows of whole windows (not of slices) that came after the horizon. */
  readonly tooLate: number;
}

export interface Swept extends Told {
  readonly foldedBefore: number;
  /** Nothing is left that time alone could tell of. */
  readonly settled: boolean;
}

export interface WindowBookOptions<State> {
  /** Name of the book among all windows that are stored. */
  readonly book: string;
  /** Of the requests. */
  readonly partitions: number;
  readonly windows: WindowRepository;
  readonly rules: WindowRules;
  /** Least time between two corrections of a window, milliseconds. */
  readonly correctionsMs: number;
  readonly merge: (key: WindowKey, before: State, delta: State) => State | Promise<State>;
  /** Inside the unit of work. Both in the order of time; `progress` is null in a sweep. */
  readonly publish: (
    closed: readonly UntoldWindow<State>[],
    corrected: readonly UntoldWindow<State>[],
    at: number,
    progress: Progress | null,
  ) => Promise<void>;
  readonly now: () => number;
}

const TIME_LINES: readonly TimeLine[] = ['EVENT', 'SENT'];

/** Windows as they are stored, when they are over and when they are forgotten. What is counted in them is the caller's affair. */
export class WindowBook<State> {
  private readonly since: number;
  private foldedBatches = 0;
  /** Batches after which nothing was left to tell. */
  private settledBatches = -1;

  constructor(private readonly options: WindowBookOptions<State>) {
    this.since = options.now();
  }

  /** Adds what a batch has counted, and tells of what is over. Inside the unit of work that moves the position. */
  async take(deltas: readonly StoredWindow<State>[], progress: Progress): Promise<Taken> {
    const { book, windows, merge, now } = this.options;
    const { latest, behind } = progress;
    await windows.lock(book);
    const kept = await this.keptOf(deltas);
    const before = await windows.states<State>(
      book,
      kept.map(({ key }) => key),
    );
    const merged: StoredWindow<State>[] = [];
    for (const { key, rows, state } of kept) {
      const stored = before.get(textOf(key));
      merged.push(
        stored ? { key, rows: stored.rows + rows, state: await merge(key, stored.state, state) } : { key, rows, state },
      );
    }
    await windows.save(book, merged);
    for (const [partition, times] of latest) {
      for (const [time, at] of times) await windows.advance(book, time, partition, at);
      await windows.touch(book, partition, [...times.keys()], now(), behind);
    }
    return { tooLate: wholeRows(deltas) - wholeRows(kept), ...(await this.tell(progress)) };
  }

  /** After the commit of a batch. */
  taken(): void {
    this.foldedBatches++;
  }

  /** Whether time alone may close a window or let a correction out. */
  get isPending(): boolean {
    return this.foldedBatches !== this.settledBatches;
  }

  /** Tells of windows that are over because nothing comes any more. Inside a unit of work. */
  async sweep(): Promise<Swept> {
    const { book, now, rules, windows } = this.options;
    const foldedBefore = this.foldedBatches;
    await windows.lock(book);
    const told = await this.tell(null);
    const clocks = (await Promise.all(TIME_LINES.map((time) => this.clocksOf(time)))).flat();
    const silent = clocks.every((clock) => isSilent(clock, now(), this.since, rules.idleMs));
    const settled = told.closed + told.corrected === 0 && silent && !(await windows.hasUntold(book));
    return { ...told, foldedBefore, settled };
  }

  /** After the commit of a sweep. */
  swept({ foldedBefore, settled }: Swept): void {
    if (settled) this.settledBatches = foldedBefore;
  }

  private clocksOf(time: TimeLine) {
    const { book, windows, partitions } = this.options;
    return windows.clocks(book, time, partitions);
  }

  /** Windows that still take rows. */
  private async keptOf(deltas: readonly StoredWindow<State>[]): Promise<StoredWindow<State>[]> {
    const oldest = new Map<TimeLine, number>();
    for (const time of new Set(deltas.map(({ key }) => key.time))) oldest.set(time, await this.oldestOf(time));
    return deltas.filter(({ key }) => key.start >= (oldest.get(key.time) as number));
  }

  private async oldestOf(time: TimeLine): Promise<number> {
    const { book, windows, rules } = this.options;
    const watermarks = (await this.clocksOf(time)).map(({ watermark }) => watermark);
    return oldestKept(watermarks, await windows.starts(book, time), rules);
  }

  private async tell(progress: Progress | null): Promise<Told> {
    const { book, windows, rules, now, correctionsMs, publish } = this.options;
    const untold: UntoldWindow<State>[] = [];
    const forgotten: [TimeLine, number][] = [];
    for (const time of TIME_LINES) {
      const over = closingTime(await this.clocksOf(time), now(), this.since, rules.idleMs);
      const forgottenBefore = await this.oldestOf(time);
      const closedBefore = over - rules.latenessMs - rules.widthMs + 1;
      const toldUpTo = now() - correctionsMs;
      untold.push(...(await windows.untold<State>(book, { time, closedBefore, forgottenBefore, toldUpTo })));
      forgotten.push([time, forgottenBefore]);
    }
    untold.sort((a, b) => compareKeys(a.key, b.key));
    const closed = untold.filter(({ corrections }) => corrections === null);
    const corrected = untold.filter(({ corrections }) => corrections !== null);
    if (untold.length > 0) {
      const at = now();
      await publish(closed, corrected, at, progress);
      await windows.told(book, untold, at);
    }
    for (const [time, before] of forgotten) await windows.forget(book, time, before);
    return { closed: closed.length, corrected: corrected.length };
  }
}

const wholeRows = (deltas: readonly StoredWindow<unknown>[]): number =>
  deltas.reduce((sum, { key, rows }) => sum + (key.slice === null ? rows : 0), 0);
