import type { JsonValue } from '../../canonical-json';
import { Random } from '../../random';
import type { Problem, Training } from '../learner';
import type { Tree, TreesModel } from '../model';
import { sigmoid } from '../predict';
import { priorValue } from '../prior';
import { type BinnedMatrix, binMatrix } from './bins';
import { TreeGrower } from './grow-tree';
import { leafOf } from './leaf-of';
import { type StoredTree, storeTree, treeFrom } from './store-tree';

export type TreesParameters = {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
  readonly l2: number;
  readonly minChildWeight: number;
  readonly minGain: number;
  readonly bins: number;
  readonly rowFraction: number;
  readonly featureFraction: number;
  readonly stoppingRounds: number;
  readonly stoppingFraction: number;
};

/** Stream numbers of the generators: tree t draws its rows from 2t and its features from 2t + 1. */
const ROWS_STREAM = 0;
const FEATURES_STREAM = 1;

/**
 * Gradient boosting of histogram trees (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017): each tree takes one Newton
 * step down the log loss, or the squared error. Values accumulate tree by tree in float64 from float32 leaves, so a training
 * that is resumed from its trees has the same sums, bit for bit.
 */
export class Boosting implements Training {
  private readonly binned: BinnedMatrix;
  private readonly grower: TreeGrower;
  private readonly columns: readonly Float32Array[];
  private readonly values: Float64Array;
  private readonly gradients: Float64Array;
  private readonly base: number;
  /** Rows before this one are learned from; later ones only judge when to stop. */
  private readonly learned: number;
  private readonly losses: number[] = [];
  private readonly trees: Tree[] = [];

  constructor(
    private readonly problem: Problem,
    private readonly parameters: TreesParameters,
    state: JsonValue = [],
  ) {
    const { matrix } = problem;
    this.binned = binMatrix(matrix, parameters.bins);
    this.columns = matrix.dense.map((column) => column.values);
    this.learned =
      parameters.stoppingRounds > 0 ? Math.ceil(matrix.rows * (1 - parameters.stoppingFraction)) : matrix.rows;
    this.base = priorValue({ task: problem.task, labels: problem.labels.subarray(0, this.learned) });
    this.values = new Float64Array(matrix.rows).fill(this.base);
    this.gradients = new Float64Array(2 * matrix.rows);
    this.grower = new TreeGrower(this.binned, parameters);
    for (const stored of state as unknown as readonly StoredTree[]) this.addKnown(treeFrom(stored));
  }

  get stepsDone(): number {
    return this.trees.length;
  }

  get stepsPlanned(): number {
    return this.parameters.trees;
  }

  get done(): boolean {
    return this.trees.length >= this.parameters.trees || this.trees.length - this.bestLength() >= this.patience;
  }

  step(): void {
    this.computeGradients();
    const rows = this.drawRows();
    const { tree, leaves } = this.grower.grow(this.gradients, rows, this.drawFeatures());
    if (rows.length < this.values.length) this.addValues(tree);
    else
      for (const { node, start, end } of leaves) {
        const value = tree.value[node];
        for (let i = start; i < end; i++) this.values[rows[i]] += value;
      }
    this.keep(tree);
  }

  state(): JsonValue {
    return this.trees.map(storeTree) as unknown as JsonValue;
  }

  model(): TreesModel {
    return {
      kind: 'trees',
      task: this.problem.task,
      base: this.base,
      features: this.problem.matrix.dense.map((column) => column.name),
      trees: this.trees.slice(0, this.bestLength()),
    };
  }

  private get patience(): number {
    return this.parameters.stoppingRounds > 0 ? this.parameters.stoppingRounds : Number.POSITIVE_INFINITY;
  }

  private addKnown(tree: Tree): void {
    this.addValues(tree);
    this.keep(tree);
  }

  private addValues(tree: Tree): void {
    const { values, columns } = this;
    for (let row = 0; row < values.length; row++) values[row] += tree.value[leafOf(tree, columns, row)];
  }

  private keep(tree: Tree): void {
    this.trees.push(tree);
    if (this.learned < this.values.length) this.losses.push(this.stoppingLoss());
  }

  /** Number of trees with the smallest loss on the stopping rows; all of them without early stopping. */
  private bestLength(): number {
    if (this.losses.length === 0) return this.trees.length;
    return this.losses.indexOf(Math.min(...this.losses)) + 1;
  }

  private stoppingLoss(): number {
    const { labels, task } = this.problem;
    let loss = 0;
    for (let row = this.learned; row < this.values.length; row++) {
      const value = this.values[row];
      if (task === 'REGRESSION') loss += (value - labels[row]) ** 2;
      else loss += Math.log1p(Math.exp(-Math.abs(value))) + Math.max(value, 0) - labels[row] * value;
    }
    return loss;
  }

  private computeGradients(): void {
    const { values, gradients, learned } = this;
    const { labels, task } = this.problem;
    for (let row = 0; row < learned; row++) {
      if (task === 'REGRESSION') {
        gradients[2 * row] = values[row] - labels[row];
        gradients[2 * row + 1] = 1;
      } else {
        const probability = sigmoid(values[row]);
        gradients[2 * row] = probability - labels[row];
        gradients[2 * row + 1] = Math.max(probability * (1 - probability), 1e-16);
      }
    }
  }

  private drawRows(): Int32Array {
    const { rowFraction } = this.parameters;
    const random = new Random(this.problem.seed, 2 * this.trees.length + ROWS_STREAM);
    const rows = new Int32Array(this.learned);
    let count = 0;
    for (let row = 0; row < this.learned; row++) {
      if (rowFraction === 1 || random.uniform() < rowFraction) rows[count++] = row;
    }
    return rows.subarray(0, count);
  }

  private drawFeatures(): Uint8Array {
    const { width } = this.binned;
    const wanted = Math.max(1, Math.round(width * this.parameters.featureFraction));
    const order = Int32Array.from({ length: width }, (_, f) => f);
    if (wanted < width) new Random(this.problem.seed, 2 * this.trees.length + FEATURES_STREAM).shuffle(order);
    const usable = new Uint8Array(width);
    for (const feature of order.subarray(0, wanted)) usable[feature] = 1;
    return usable;
  }
}
