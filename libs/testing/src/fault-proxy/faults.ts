import type { RequestFrame } from './kafka-frame';

export type Direction = 'request' | 'response';

/** Which request a fault is meant for: the n-th (1 = the first, counted from now over all connections) of an API. */
export interface RequestMatch {
  apiKey: number;
  nth?: number;
  /** Looks further into the frame, for example for a transactional id; only frames it accepts are counted. */
  where?: (frame: RequestFrame) => boolean;
}

/** A planned fault. `hit` settles when it happened, so that a test can prove that it did. */
export interface Fault {
  readonly hit: Promise<RequestFrame>;
  readonly hits: number;
  /** Takes the fault back; what already happened stays. */
  remove(): void;
}

export interface HeldRequest extends Fault {
  /** Forwards the held frame now, also when the client that sent it is gone. */
  release(): void;
  /** Drops the held frame for good, as a network that lost it with the connection. */
  discard(): void;
}

export type Verdict = 'forward' | 'discard';

/** Counts matches and fires once, at the n-th. */
export class PlannedFault implements Fault {
  readonly hit: Promise<RequestFrame>;
  hits = 0;
  private seen = 0;
  private settle: (frame: RequestFrame) => void = () => {};

  constructor(
    private readonly match: RequestMatch,
    private readonly forget: (fault: PlannedFault) => void,
  ) {
    this.hit = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  firesFor(frame: RequestFrame): boolean {
    if (frame.apiKey !== this.match.apiKey) return false;
    if (this.match.where && !this.match.where(frame)) return false;
    this.seen += 1;
    if (this.seen !== (this.match.nth ?? 1)) return false;
    this.forget(this);
    this.hits += 1;
    this.settle(frame);
    return true;
  }

  remove(): void {
    this.forget(this);
  }
}

export class DroppedReply extends PlannedFault {
  constructor(
    match: RequestMatch,
    readonly thenCut: boolean,
    forget: (fault: PlannedFault) => void,
  ) {
    super(match, forget);
  }
}

export class PlannedHold extends PlannedFault implements HeldRequest {
  readonly verdict: Promise<Verdict>;
  private decide: (verdict: Verdict) => void = () => {};

  constructor(match: RequestMatch, forget: (fault: PlannedFault) => void) {
    super(match, forget);
    this.verdict = new Promise((resolve) => {
      this.decide = resolve;
    });
  }

  release(): void {
    this.decide('forward');
  }

  discard(): void {
    this.decide('discard');
  }
}

export class PlannedFlip extends PlannedFault {
  constructor(
    match: RequestMatch,
    readonly direction: Direction,
    readonly offset: number,
    readonly mask: number,
    forget: (fault: PlannedFault) => void,
  ) {
    super(match, forget);
  }

  /** A negative offset counts from the end, as in `Buffer.at`. The caller's bytes stay as they are. */
  applyTo(frame: Buffer): Buffer {
    const altered = Buffer.from(frame);
    const at = this.offset < 0 ? altered.length + this.offset : this.offset;
    if (at < 0 || at >= altered.length) throw new RangeError(`No byte ${this.offset} in a frame of ${altered.length}.`);
    altered[at] ^= this.mask;
    return altered;
  }
}

/** Cuts one connection after so many more bytes in one direction, in the middle of a frame if need be. */
export interface PlannedCut {
  readonly direction: Direction;
  bytesLeft: number;
  readonly done: () => void;
}

/** What befalls every connection of a proxy; shared by all of them. */
export class FaultPlan {
  private readonly planned = new Set<PlannedFault>();
  delayMs: () => number = () => 0;
  sliceBytes = 0;
  cutAfter: PlannedCut | null = null;
  private dark: { over: Promise<void>; end: () => void } | null = null;

  add<F extends PlannedFault>(make: (forget: (fault: PlannedFault) => void) => F): F {
    const fault = make((gone) => this.planned.delete(gone));
    this.planned.add(fault);
    return fault;
  }

  /** The faults that fire for this request; at most one of a kind. */
  forRequest(frame: RequestFrame): { drop?: DroppedReply; hold?: PlannedHold; flip?: PlannedFlip } {
    const fired: { drop?: DroppedReply; hold?: PlannedHold; flip?: PlannedFlip } = {};
    for (const fault of [...this.planned]) {
      if (!fault.firesFor(frame)) continue;
      if (fault instanceof DroppedReply) fired.drop = fault;
      else if (fault instanceof PlannedHold) fired.hold = fault;
      else if (fault instanceof PlannedFlip) fired.flip = fault;
    }
    return fired;
  }

  blackhole(): void {
    if (this.dark) return;
    let end = (): void => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.dark = { over, end };
  }

  heal(): void {
    this.dark?.end();
    this.dark = null;
  }

  /** Settles as soon as bytes may pass. */
  async passable(): Promise<void> {
    while (this.dark) await this.dark.over;
  }

  clear(): void {
    for (const fault of [...this.planned]) {
      if (fault instanceof PlannedHold) fault.discard();
      fault.remove();
    }
    this.delayMs = () => 0;
    this.sliceBytes = 0;
    this.cutAfter = null;
    this.heal();
  }
}
