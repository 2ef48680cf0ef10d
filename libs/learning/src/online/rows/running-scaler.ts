import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

/** Numbers beyond this say nothing about the scale of their input; they are clipped when they are predicted from. */
const LARGEST = 1e15;
/** count, mean, summed squared distances, smallest, largest, missing. */
const FIELDS = 6;
const MEAN = 1;
const SQUARES = 2;
const MIN = 3;
const MAX = 4;
const MISSING = 5;
/** From so many values on, a value beyond the clip moves mean and variance only as far as the clip does. */
const SETTLED = 30;

/**
 * Running mean and standard deviation of each number (Welford 1962), with two bounds, so that no single value ruins them:
 * what is beyond +-1e15 is left out, and after 30 values one that lies more than `clip` standard deviations away counts as
 * `clip` away (winsorised), which a lasting shift still moves within some examples.
 *
 * The order is test, then train: an example is standardised with what the examples before it gave, and only then taken in.
 * A standardised value lies within +-`clip`; missing is 0, the mean. Mean and scale are float32, as in the ONNX graph.
 */
export class RunningScaler {
  /** float32 values. */
  readonly means: Float64Array;
  readonly scales: Float64Array;
  /** One block of fields per number, side by side: a step touches them all. */
  private readonly fields: Float64Array;

  constructor(
    readonly size: number,
    readonly clip: number,
  ) {
    this.means = new Float64Array(size);
    this.scales = new Float64Array(size);
    this.fields = new Float64Array(FIELDS * size);
  }

  /** What the stream has shown of a number; smallest and largest are of those taken in. */
  profile(i: number): { count: number; missing: number; min: number; max: number } {
    const at = FIELDS * i;
    const { fields } = this;
    return { count: fields[at], missing: fields[at + MISSING], min: fields[at + MIN], max: fields[at + MAX] };
  }

  /** Writes the standardised values of a row; the same float32 steps as `applyFeatures`. */
  standardise(values: Float32Array, into: Float64Array): void {
    const { means, scales, clip } = this;
    for (let i = 0; i < into.length; i++) {
      const z = Math.fround(Math.fround(values[i] - means[i]) * scales[i]);
      into[i] = z > clip ? clip : z < -clip ? -clip : Number.isNaN(z) ? 0 : z;
    }
  }

  /** `value`, or the end of the clip on its side of the mean; NaN where it says nothing. */
  winsorise(i: number, value: number): number {
    if (!(value >= -LARGEST && value <= LARGEST)) return Number.NaN;
    const distance = value - this.fields[FIELDS * i + MEAN];
    if (Math.abs(distance) * this.scales[i] <= this.clip || this.fields[FIELDS * i] < SETTLED) return value;
    const reach = this.clip / this.scales[i];
    return this.fields[FIELDS * i + MEAN] + (distance > 0 ? reach : -reach);
  }

  learn(values: Float32Array): void {
    const { fields, means, scales, clip } = this;
    for (let i = 0, at = 0; i < means.length; i++, at += FIELDS) {
      const raw = values[i];
      // Nearly every value is near; the call is for the others.
      const near = Math.abs(raw) <= LARGEST && Math.abs(raw - fields[at + MEAN]) * scales[i] <= clip;
      const value = near ? raw : this.winsorise(i, raw);
      if (Number.isNaN(value)) {
        fields[at + MISSING]++;
        continue;
      }
      const count = fields[at] + 1;
      fields[at] = count;
      if (count === 1 || raw < fields[at + MIN]) fields[at + MIN] = raw;
      if (count === 1 || raw > fields[at + MAX]) fields[at + MAX] = raw;
      const distance = value - fields[at + MEAN];
      const mean = fields[at + MEAN] + distance / count;
      const squares = fields[at + SQUARES] + distance * (value - mean);
      fields[at + MEAN] = mean;
      fields[at + SQUARES] = squares;
      means[i] = Math.fround(mean);
      scales[i] = scaleOf(squares, count);
    }
  }

  write(to: ByteWriter): void {
    to.f64s(this.fields);
  }

  static read(from: ByteReader, size: number, clip: number): RunningScaler {
    const scaler = new RunningScaler(size, clip);
    for (let i = 0, at = 0; i < size; i++, at += FIELDS) {
      scaler.fields[at] = from.f64(0);
      scaler.fields[at + MEAN] = from.f64(-2 * LARGEST, 2 * LARGEST);
      scaler.fields[at + SQUARES] = from.f64(0);
      scaler.fields[at + MIN] = from.f64(-LARGEST, LARGEST);
      scaler.fields[at + MAX] = from.f64(-LARGEST, LARGEST);
      scaler.fields[at + MISSING] = from.f64(0);
      scaler.means[i] = Math.fround(scaler.fields[at + MEAN]);
      scaler.scales[i] = scaler.fields[at] > 0 ? scaleOf(scaler.fields[at + SQUARES], scaler.fields[at]) : 0;
    }
    return scaler;
  }

  static bytes(size: number): number {
    return 8 * FIELDS * size;
  }
}

/** 1 / standard deviation; 0 for an input that is constant so far. */
function scaleOf(squares: number, count: number): number {
  const scale = Math.fround(Math.sqrt(count / squares));
  return scale < 1e30 ? scale : 0;
}
