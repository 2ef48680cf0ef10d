const CHUNK = 2 ** 32;
/** 64 chunks reach from the smallest subnormal number to the largest; three more take the carries. */
const CHUNKS = 67;
/** Each addition puts less than 2^32 into a chunk; beyond 2^53 a chunk would round. */
const ADDITIONS_BEFORE_CARRY = 2 ** 20;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Nothing for zero, else the sign (1 or -1), the index of the first chunk and the chunks, each a whole number below 2^32. */
export type ExactSumState = readonly number[];

/**
 * A sum of doubles without rounding, so that neither the order of the additions nor that of merges can be seen in it (the
 * small superaccumulator of Neal 2015, arXiv:1505.05571). Chunk i counts units of 2^(32 i - 1074). Constant memory.
 */
export class ExactSum {
  private readonly chunks = new Float64Array(CHUNKS);
  private additions = 0;

  static fromState(state: ExactSumState): ExactSum {
    const sum = new ExactSum();
    const [sign, first, ...chunks] = state;
    chunks.forEach((chunk, i) => {
      sum.chunks[first + i] = sign * chunk;
    });
    return sum;
  }

  /** `value` is finite. */
  add(value: number): void {
    double[0] = value;
    const low = words[0];
    const high = words[1];
    const exponent = (high >>> 20) & 0x7ff;
    const mantissa = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
    const place = exponent === 0 ? 0 : exponent - 1;
    const chunk = place >> 5;
    const shift = place & 31;
    const first = (low << shift) >>> 0;
    const second = shift === 0 ? mantissa : ((mantissa << shift) | (low >>> (32 - shift))) >>> 0;
    const third = shift === 0 ? 0 : mantissa >>> (32 - shift);
    const { chunks } = this;
    if (high >>> 31) {
      chunks[chunk] -= first;
      chunks[chunk + 1] -= second;
      chunks[chunk + 2] -= third;
    } else {
      chunks[chunk] += first;
      chunks[chunk + 1] += second;
      chunks[chunk + 2] += third;
    }
    if (++this.additions === ADDITIONS_BEFORE_CARRY) this.carry();
  }

  merge(other: ExactSum): void {
    this.carry();
    other.carry();
    for (let i = 0; i < CHUNKS; i++) this.chunks[i] += other.chunks[i];
    this.carry();
  }

  /** The sum as a double, at most one unit in the last place off; infinite only where the sum itself is too large. */
  value(): number {
    const [sign, first, ...chunks] = this.state();
    let sum = 0;
    for (let i = chunks.length - 1; i >= 0; i--) sum += chunks[i] * 2 ** (32 * (first + i) - 1074);
    return chunks.length === 0 ? 0 : sign * sum;
  }

  state(): ExactSumState {
    this.carry();
    const negative = this.chunks[CHUNKS - 1] < 0;
    const magnitude = negative ? carried(this.chunks.map((chunk) => -chunk)) : this.chunks;
    const first = magnitude.findIndex((chunk) => chunk !== 0);
    const last = magnitude.findLastIndex((chunk) => chunk !== 0);
    return first < 0 ? [] : [negative ? -1 : 1, first, ...magnitude.subarray(first, last + 1)];
  }

  private carry(): void {
    carried(this.chunks);
    this.additions = 0;
  }
}

/** Brings all chunks but the last into [0, 2^32), in place; the last holds the sign. */
function carried(chunks: Float64Array): Float64Array {
  for (let i = 0; i < CHUNKS - 1; i++) {
    const over = Math.floor(chunks[i] / CHUNK);
    chunks[i] -= over * CHUNK;
    chunks[i + 1] += over;
  }
  return chunks;
}
