import { type ByteReader, damaged } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';
import type { Split } from './find-split';

/** More examples than any stream has. */
const LARGEST = 1e18;

/**
 * The nodes of a tree in typed arrays of fixed length, so that the memory is bounded from the start; node 0 is the root and
 * children stand side by side behind their parent. A leaf has feature -1.
 */
export class TreeNodes {
  count = 1;
  readonly feature: Int32Array;
  readonly code: Int32Array;
  readonly threshold: Float32Array;
  readonly missingLeft: Uint8Array;
  /** The left child; the right one is the next. */
  readonly left: Int32Array;
  /** Examples of label 0 and 1 of each node; a new leaf begins with what its split expects. */
  readonly labels: Float64Array;

  constructor(readonly limit: number) {
    this.feature = new Int32Array(limit).fill(-1);
    this.code = new Int32Array(limit).fill(-1);
    this.threshold = new Float32Array(limit);
    this.missingLeft = new Uint8Array(limit);
    this.left = new Int32Array(limit);
    this.labels = new Float64Array(2 * limit);
  }

  get full(): boolean {
    return this.count + 2 > this.limit;
  }

  leafOf(values: Float32Array, codes: Int32Array): number {
    let node = 0;
    for (let feature = this.feature[0]; feature >= 0; feature = this.feature[node]) {
      node = this.left[node] + (this.goesLeft(node, feature, values, codes) ? 0 : 1);
    }
    return node;
  }

  private goesLeft(node: number, feature: number, values: Float32Array, codes: Int32Array): boolean {
    if (feature >= values.length) return codes[feature - values.length] !== this.code[node];
    const value = values[feature];
    return Number.isNaN(value) ? this.missingLeft[node] === 1 : value <= this.threshold[node];
  }

  /** Probability of label 1 by the counts, one example of each label added (Laplace). */
  probability(leaf: number): number {
    const ones = this.labels[2 * leaf + 1] + 1;
    return ones / (this.labels[2 * leaf] + 1 + ones);
  }

  /** Turns a leaf into an inner node; gives its left child. */
  split(leaf: number, { feature, code, threshold, missingLeft, sides }: Split): number {
    const child = this.count;
    this.count += 2;
    this.feature[leaf] = feature;
    this.code[leaf] = code;
    this.threshold[leaf] = threshold;
    this.missingLeft[leaf] = missingLeft ? 1 : 0;
    this.left[leaf] = child;
    this.labels.set(sides, 2 * child);
    return child;
  }

  /** `u32 count`, then per node: u32 feature + 1, u32 code + 1, f64 threshold, u8 missing left, u32 left, two f64 labels. */
  write(to: ByteWriter): void {
    to.u32(this.count);
    for (let node = 0; node < this.count; node++) {
      to.u32(this.feature[node] + 1).u32(this.code[node] + 1);
      to.f64(this.threshold[node]).u8(this.missingLeft[node]).u32(this.left[node]);
      to.f64s(this.labels.subarray(2 * node, 2 * node + 2));
    }
  }

  static read(from: ByteReader, limit: number, values: number, categories: number, vocabulary: number): TreeNodes {
    const nodes = new TreeNodes(limit);
    nodes.count = from.u32(limit);
    let next = 1;
    for (let node = 0; node < nodes.count; node++) {
      const feature = from.u32(values + categories) - 1;
      nodes.feature[node] = feature;
      nodes.code[node] = from.u32(vocabulary) - 1;
      nodes.threshold[node] = from.f64();
      nodes.missingLeft[node] = from.u8();
      nodes.left[node] = from.u32(limit);
      from.f64s(nodes.labels.subarray(2 * node, 2 * node + 2), 2, 0, LARGEST);
      if (feature < 0) continue;
      // Children behind their parent: every way down ends.
      if (nodes.left[node] <= node || nodes.left[node] + 1 >= nodes.count)
        throw damaged('has a tree that goes in circles');
      next += 2;
    }
    if (next !== nodes.count) throw damaged('has a tree with loose nodes');
    return nodes;
  }

  static bytesAtMost(limit: number): number {
    return 4 + limit * (4 + 4 + 8 + 1 + 4 + 16);
  }
}
