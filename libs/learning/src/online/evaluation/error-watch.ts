import { type Change, type ChangeDetector, DETECTORS, type DetectorName } from '@millrace/evaluation';
import { log } from '../elementary';
import { type ByteReader, damaged } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

export interface ErrorChanges {
  readonly detector: DetectorName;
  /** Times that the errors became larger: the stream has drifted from what was learned. */
  readonly rose: number;
  /** Times that they became smaller: something was learned, or the stream has become easier. */
  readonly fell: number;
  /** The newest of them; `offset` is that of the example with which it was found, null where none was given. */
  readonly last: { readonly change: Change; readonly offset: number | null } | null;
}

/** As `last` stands in the state. */
const CHANGES: readonly (Change | null)[] = [null, 'ROSE', 'FELL'];
const NO_OFFSET = -1;

/** A detector of changes on the errors of a learner: squared distances of what it said from what came true, 0 to 1. */
export class ErrorWatch {
  private readonly detector: ChangeDetector;
  private rose = 0;
  private fell = 0;
  private last: Change | null = null;
  private lastOffset = NO_OFFSET;

  constructor(detector: (options: { log: (x: number) => number }) => ChangeDetector) {
    this.detector = detector({ log });
  }

  /** Undefined when there is none of this name. */
  static of(name: string): ErrorWatch | undefined {
    const detector = DETECTORS.get(name as DetectorName);
    return detector && new ErrorWatch(detector);
  }

  add(probability: number, label: 0 | 1, offset: number | null): void {
    const change = this.detector.add((probability - label) ** 2);
    if (change === null) return;
    if (change === 'ROSE') this.rose++;
    else this.fell++;
    this.last = change;
    this.lastOffset = offset ?? NO_OFFSET;
  }

  changes(): ErrorChanges {
    const { rose, fell, last, lastOffset } = this;
    const offset = lastOffset === NO_OFFSET ? null : lastOffset;
    return { detector: this.detector.name, rose, fell, last: last && { change: last, offset } };
  }

  /** `f64 rose | f64 fell | u8 last | f64 its offset | u32 count + f64s of the detector`. */
  write(to: ByteWriter): void {
    const state = this.detector.state();
    to.f64(this.rose).f64(this.fell).u8(CHANGES.indexOf(this.last)).f64(this.lastOffset);
    to.u32(state.length).f64s(state);
  }

  static read(from: ByteReader, name: string): ErrorWatch {
    const watch = ErrorWatch.of(name) as ErrorWatch;
    watch.rose = from.f64(0, Number.MAX_SAFE_INTEGER);
    watch.fell = from.f64(0, Number.MAX_SAFE_INTEGER);
    const last = CHANGES[from.u8()];
    if (last === undefined) throw damaged('names a change that does not exist');
    watch.last = last;
    watch.lastOffset = from.f64(NO_OFFSET, Number.MAX_SAFE_INTEGER);
    const count = from.u32(watch.detector.mostNumbers);
    const numbers = from.f64s(new Float64Array(count));
    try {
      watch.detector.restore([...numbers]);
    } catch {
      throw damaged('holds numbers that its detector of changes cannot have');
    }
    return watch;
  }

  get bytesAtMost(): number {
    return 32 + 8 * this.detector.mostNumbers;
  }
}
