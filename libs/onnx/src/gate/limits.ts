import type { ReadBounds } from '../proto/read-message';

/** Bounds of the static gate. Memory and work are bounded for one batch of `batch` rows, the largest that a lane runs. */
export interface GateLimits {
  readonly bytes: number;
  readonly nodes: number;
  /** Inputs and outputs of one node; outputs of all nodes together. */
  readonly nodeInputs: number;
  readonly nodeOutputs: number;
  readonly values: number;
  /** What reading the file may build. */
  readonly read: ReadBounds;
  readonly batch: number;
  /** Elements of one value, and of all values of one run together; an element counts 8 bytes. */
  readonly valueElements: number;
  readonly totalElements: number;
  /** Multiplications, comparisons and copies of one run. */
  readonly work: number;
  /** Bytes of one text in an attribute: a default text is copied once per row. */
  readonly textBytes: number;
  /** k of an input or output of shape [N, k]. */
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly rank: number;
}

export const DEFAULT_LIMITS: GateLimits = {
  bytes: 64 * 1024 * 1024,
  nodes: 5_000,
  nodeInputs: 4_096,
  nodeOutputs: 256,
  values: 20_000,
  read: { messages: 100_000, texts: 1_000_000, numbers: 8_000_000 },
  // Prime and unlike any usual width: where it turns up in a shape, that dimension is the batch.
  batch: 1_021,
  valueElements: 2 ** 24,
  totalElements: 2 ** 26,
  work: 1e10,
  textBytes: 4_096,
  width: 4_096,
  inputs: 1_024,
  outputs: 64,
  rank: 8,
};
