import type { Tree } from '../model';
import { type BinnedMatrix, MISSING_BIN } from './bins';
import { findSplit, type Split, type SplitRules } from './find-split';
import { addRows, FEATURE_STRIDE, subtract } from './histogram';

export interface GrowthRules extends SplitRules {
  readonly depth: number;
  readonly learningRate: number;
}

/** A tree, and for each of its leaves the part of `rows` that ended there. */
export interface GrownTree {
  readonly tree: Tree;
  readonly leaves: readonly { readonly node: number; readonly start: number; readonly end: number }[];
}

/** Upper end of the last bin: every finite float32 goes left. */
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * Grows one tree depth first. Of two children only the one with fewer rows is counted; the other's histogram is what is left
 * of the parent's. A grower keeps one histogram per level, so it needs `depth + 1` of them however wide the tree is.
 */
export class TreeGrower {
  private readonly levels: Float64Array[];
  private readonly scratch: Int32Array;
  private nodes: MutableNode[] = [];
  private leaves: { node: number; start: number; end: number }[] = [];
  private gradients: Float64Array = new Float64Array(0);
  private rows: Int32Array = new Int32Array(0);
  private usable: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly rules: GrowthRules,
  ) {
    const cells = binned.width * FEATURE_STRIDE;
    this.levels = Array.from({ length: rules.depth + 1 }, () => new Float64Array(cells));
    this.scratch = new Int32Array(binned.rows);
  }

  /**
   * @param gradients (gradient, hessian) per row of the matrix.
   * @param rows the rows to learn from; reordered in place, so that each leaf owns one range.
   * @param usable 1 for each feature that this tree may split on.
   */
  grow(gradients: Float64Array, rows: Int32Array, usable: Uint8Array): GrownTree {
    this.nodes = [];
    this.leaves = [];
    this.gradients = gradients;
    this.rows = rows;
    this.usable = usable;
    let gradient = 0;
    let hessian = 0;
    for (const row of rows) {
      gradient += gradients[2 * row];
      hessian += gradients[2 * row + 1];
    }
    this.count(this.levels[0], 0, rows.length);
    this.growNode(0, rows.length, gradient, hessian, 0, this.levels[0]);
    return { tree: toTree(this.nodes), leaves: this.leaves };
  }

  private growNode(
    start: number,
    end: number,
    gradient: number,
    hessian: number,
    depth: number,
    histogram: Float64Array | null,
  ): number {
    const node = this.nodes.length;
    const split = histogram && findSplit(histogram, this.binned, this.usable, gradient, hessian, this.rules);
    const middle = split ? this.partition(start, end, split) : start;
    if (!split || !histogram || middle === start || middle === end) {
      const value = Math.fround((-gradient / (hessian + this.rules.l2)) * this.rules.learningRate);
      this.nodes.push({ ...LEAF, value });
      this.leaves.push({ node, start, end });
      return node;
    }
    const inner = { ...innerNode(split, this.binned), left: 0, right: 0 };
    this.nodes.push(inner);
    const [left, right] = this.childHistograms(start, middle, end, depth + 1, histogram);
    const { leftGradient, leftHessian } = split;
    inner.left = this.growNode(start, middle, leftGradient, leftHessian, depth + 1, left);
    inner.right = this.growNode(middle, end, gradient - leftGradient, hessian - leftHessian, depth + 1, right);
    return node;
  }

  /** The parent's histogram becomes that of the larger child; leaves at the depth limit need none. */
  private childHistograms(start: number, middle: number, end: number, depth: number, parent: Float64Array) {
    if (depth >= this.rules.depth) return [null, null];
    const smaller = this.levels[depth];
    const leftIsSmaller = middle - start <= end - middle;
    this.count(smaller, leftIsSmaller ? start : middle, leftIsSmaller ? middle : end);
    subtract(parent, smaller);
    return leftIsSmaller ? [smaller, parent] : [parent, smaller];
  }

  private count(histogram: Float64Array, start: number, end: number): void {
    histogram.fill(0);
    addRows(histogram, this.binned, this.gradients, this.rows, start, end);
  }

  /** Stable; returns where the right side begins. `goesLeft` is arithmetic because a branch here is a coin flip. */
  private partition(start: number, end: number, { feature, bin, missingLeft }: Split): number {
    const { rows, scratch } = this;
    const { bins, width } = this.binned;
    const shift = missingLeft ? 1 : 0;
    const limit = bin + 1 + shift;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      // With the shift, a missing value (bin 255) wraps round to 0 and is below every limit.
      const goesLeft = (((bins[row * width + feature] + shift) & MISSING_BIN) - limit) >>> 31;
      rows[left] = row;
      scratch[right] = row;
      left += goesLeft;
      right += 1 - goesLeft;
    }
    rows.set(scratch.subarray(0, right), left);
    return left;
  }
}

interface MutableNode {
  feature: number;
  threshold: number;
  missingLeft: number;
  left: number;
  right: number;
  value: number;
}

const LEAF: Omit<MutableNode, 'value'> = { feature: -1, threshold: 0, missingLeft: 0, left: -1, right: -1 };

function innerNode({ feature, bin, missingLeft }: Split, { features }: BinnedMatrix) {
  const threshold = features[feature].upper[bin] ?? LARGEST_FLOAT32;
  return { feature, threshold, missingLeft: missingLeft ? 1 : 0, value: 0 };
}

function toTree(nodes: readonly MutableNode[]): Tree {
  return {
    feature: Int32Array.from(nodes, (node) => node.feature),
    threshold: Float32Array.from(nodes, (node) => node.threshold),
    missingLeft: Uint8Array.from(nodes, (node) => node.missingLeft),
    left: Int32Array.from(nodes, (node) => node.left),
    right: Int32Array.from(nodes, (node) => node.right),
    value: Float32Array.from(nodes, (node) => node.value),
  };
}
