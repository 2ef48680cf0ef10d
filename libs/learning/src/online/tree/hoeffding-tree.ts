import { checkLabel } from '../check-label';
import { log } from '../elementary';
import { fingerprintOf } from '../fingerprint';
import type { OnlineLearner, OnlineLearnerKind } from '../online-learner';
import { type Row, RowLayout } from '../rows/row-layout';
import { RunningScaler } from '../rows/running-scaler';
import { Vocabulary } from '../rows/vocabulary';
import type { ByteReader } from '../state/byte-reader';
import { hashOfState, openState, sealState } from '../state/sealed-state';
import { bestSplits, type Split } from './find-split';
import { keepPromisingLeaves } from './leaf-budget';
import { LeafStatistics, NUMBER_FIELDS } from './leaf-statistics';
import { trainedTree } from './trained-tree';
import { TreeFeatures } from './tree-features';
import { TreeNodes } from './tree-nodes';

export type HoeffdingTreeParameters = {
  readonly grace: number;
  readonly confidence: number;
  readonly tie: number;
  readonly significance: number;
  readonly maxNodes: number;
  readonly maxActiveLeaves: number;
  readonly vocabulary: number;
  readonly clip: number;
};

/** The leaves with statistics are chosen anew after so many examples. */
const BUDGET_EVERY = 10_000;

/**
 * VFDT (Domingos and Hulten 2000, https://doi.org/10.1145/347090.347107): a leaf splits when, by Hoeffding's bound, its best
 * feature is the best with probability 1 - confidence, or when best and second cannot be told apart within `tie`. Numbers
 * split at a threshold found from Gaussians, categories into one against the rest, so the tree is binary.
 *
 * Unlike VFDT a split must also be significant by itself (G test), since a tie between two useless features is a tie too. A
 * missing number goes where most examples of its leaf went.
 */
export const hoeffdingTree: OnlineLearnerKind<HoeffdingTreeParameters> = {
  name: 'hoeffding-tree',
  parameters: {
    grace: {
      default: 200,
      min: 10,
      max: 1e6,
      whole: true,
      meaning: 'Examples of a leaf between two looks for a split',
    },
    confidence: { default: 1e-7, min: 1e-12, max: 0.5, meaning: 'Probability that a split is not the best one' },
    tie: { default: 0.05, min: 0, max: 1, meaning: 'Bound in bits below which the better of two equals is taken' },
    significance: { default: 16, min: 0, max: 1e6, meaning: 'Least G statistic of a split (chi-square, 1 degree)' },
    maxNodes: { default: 1_023, min: 3, max: 65_535, whole: true, meaning: 'Nodes of the tree' },
    maxActiveLeaves: { default: 128, min: 1, max: 4_096, whole: true, meaning: 'Leaves that keep statistics' },
    vocabulary: {
      default: 512,
      min: 2,
      max: 10_000,
      whole: true,
      meaning: 'Categories of an input that are told apart',
    },
    clip: { default: 10, min: 1, max: 1e6, meaning: 'Statistics take numbers within +- this many standard deviations' },
  },
  create: (inputs, parameters) => new HoeffdingTree(new RowLayout(inputs), parameters),
};

class HoeffdingTree implements OnlineLearner {
  examples = 0;
  private readonly fingerprint: string;
  private readonly features: TreeFeatures;
  private nodes: TreeNodes;
  private leaves: (LeafStatistics | null)[];
  private active = 1;
  private scaler: RunningScaler;
  /** Scratch: what the statistics take of a row. */
  private readonly bounded: Float64Array;

  constructor(
    readonly layout: RowLayout,
    private readonly parameters: HoeffdingTreeParameters,
  ) {
    this.fingerprint = fingerprintOf('hoeffding-tree', layout.inputs, parameters);
    this.features = new TreeFeatures(layout, parameters.vocabulary);
    this.nodes = new TreeNodes(parameters.maxNodes);
    this.leaves = [this.newStatistics()];
    this.scaler = new RunningScaler(layout.numbers.length, parameters.clip);
    this.bounded = new Float64Array(this.features.values.length);
  }

  predict(row: Row): number {
    this.features.read(row);
    const leaf = this.nodes.leafOf(this.features.values, this.features.codes);
    return this.nodes.probability(leaf);
  }

  learn(row: Row, label: number): void {
    checkLabel(label);
    const { features, nodes } = this;
    features.read(row);
    this.boundNumbers(row);
    const leaf = nodes.leafOf(features.values, features.codes);
    const statistics = this.leaves[leaf];
    features.admit(row);
    nodes.labels[2 * leaf + label]++;
    statistics?.learn(this.bounded, features.codes, label);
    this.scaler.learn(row.numbers);
    this.examples++;
    if (statistics !== null && statistics.seen - statistics.seenAtLastAttempt >= this.parameters.grace)
      this.trySplit(leaf, statistics);
    if (this.examples % BUDGET_EVERY === 0) this.keepBudget();
  }

  private boundNumbers(row: Row): void {
    const { bounded, features } = this;
    for (let i = 0; i < row.numbers.length; i++) bounded[i] = this.scaler.winsorise(i, row.numbers[i]);
    for (let i = row.numbers.length; i < bounded.length; i++) bounded[i] = features.values[i];
  }

  private trySplit(leaf: number, statistics: LeafStatistics): void {
    statistics.seenAtLastAttempt = statistics.seen;
    const [zeros, ones] = statistics.labels;
    if (this.nodes.full || zeros === 0 || ones === 0) return;
    const split = this.chooseSplit(statistics);
    if (split === null) return;
    const child = this.nodes.split(leaf, split);
    this.leaves[leaf] = null;
    this.leaves[child] = this.newStatistics();
    this.leaves[child + 1] = this.newStatistics();
    this.active++;
    if (this.active > this.parameters.maxActiveLeaves) this.keepBudget();
  }

  private chooseSplit(statistics: LeafStatistics): Split | null {
    const { confidence, tie, significance } = this.parameters;
    let best: Split | null = null;
    let second = 0;
    for (const split of bestSplits(statistics)) {
      if (split.gain > (best?.gain ?? 0)) {
        second = best?.gain ?? 0;
        best = split;
      } else if (split.gain > second) second = split.gain;
    }
    if (best === null || 2 * Math.LN2 * statistics.seen * best.gain < significance) return null;
    const bound = Math.sqrt(-log(confidence) / (2 * statistics.seen));
    return best.gain - second > bound || bound < tie ? best : null;
  }

  private keepBudget(): void {
    keepPromisingLeaves(this.nodes, this.leaves, this.parameters.maxActiveLeaves, () => this.newStatistics());
    this.active = this.leaves.filter((leaf) => leaf !== null).length;
  }

  private newStatistics(): LeafStatistics {
    const { values, codes } = this.features;
    return new LeafStatistics(values.length, codes.length, this.parameters.vocabulary);
  }

  /** `f64 examples | scaler | vocabularies | nodes | per node: u8 has statistics, statistics` */
  state(): Buffer {
    const words = this.features.vocabularies.map((vocabulary) => vocabulary.words.length);
    return sealState(this.fingerprint, (body) => {
      body.f64(this.examples);
      this.scaler.write(body);
      for (const vocabulary of this.features.vocabularies) vocabulary.write(body);
      this.nodes.write(body);
      for (let node = 0; node < this.nodes.count; node++) {
        const statistics = this.leaves[node];
        body.u8(statistics === null ? 0 : 1);
        statistics?.write(body, words);
      }
    });
  }

  get stateBytesAtMost(): number {
    const { maxNodes, maxActiveLeaves, vocabulary } = this.parameters;
    const { values, codes } = this.features;
    const statistics = 24 + 8 * NUMBER_FIELDS * values.length + 8 * (vocabulary + 1) * codes.length;
    const listed = codes.length * Vocabulary.bytesAtMost(vocabulary);
    const scaler = RunningScaler.bytes(this.layout.numbers.length);
    return 200 + scaler + listed + TreeNodes.bytesAtMost(maxNodes) + maxNodes + (maxActiveLeaves + 1) * statistics;
  }

  restore(state: Uint8Array): void {
    openState(this.fingerprint, state, this.stateBytesAtMost, (body) => this.read(body));
  }

  private read(body: ByteReader): void {
    const { maxNodes, vocabulary, clip } = this.parameters;
    const { values, codes } = this.features;
    const examples = body.f64(0, Number.MAX_SAFE_INTEGER);
    const scaler = RunningScaler.read(body, this.layout.numbers.length, clip);
    const vocabularies = this.features.vocabularies.map(() => Vocabulary.read(body, vocabulary));
    const words = vocabularies.map((each) => each.words.length);
    const nodes = TreeNodes.read(body, maxNodes, values.length, codes.length, vocabulary);
    const leaves = Array.from({ length: nodes.count }, () =>
      body.u8() === 1 ? this.newStatistics().read(body, words) : null,
    );
    body.end();
    this.features.vocabularies = vocabularies;
    Object.assign(this, { examples, scaler, nodes, leaves, active: leaves.filter((leaf) => leaf !== null).length });
  }

  hash(): string {
    return hashOfState(this.state());
  }

  trained() {
    const { features, nodes, examples, scaler } = this;
    return trainedTree({ features, nodes, examples, scaler });
  }
}
