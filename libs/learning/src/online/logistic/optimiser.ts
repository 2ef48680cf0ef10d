import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

/** Moves weights along gradients, one weight at a time. A weight that no gradient has touched is 0 and costs no byte of state. */
export interface Optimiser {
  readonly weights: Float64Array;
  update(index: number, gradient: number): void;
  /** Updates the weights from `start` on by `gradient * values[i]`: the loop stands here, where the engine can see through it. */
  updateAll(start: number, gradient: number, values: Float64Array): void;
  /** True once a gradient has come here. */
  touched(index: number): boolean;
  write(index: number, to: ByteWriter): void;
  read(index: number, from: ByteReader): void;
}

/** Two numbers per touched weight. */
export const OPTIMISER_BYTES = 16;
/** Beyond this no sum of bounded gradients comes. */
export const LARGEST_SUM = 1e30;
