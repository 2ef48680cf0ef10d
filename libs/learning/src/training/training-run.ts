import type { JsonValue } from '../canonical-json';
import { applyFeatures } from '../features/apply-features';
import type { FittedStep } from '../features/feature-step';
import { fitFeatures } from '../features/fit-features';
import type { Training } from '../learners/learner';
import type { ConstantModel } from '../learners/model';
import { predict } from '../learners/predict';
import { prior, priorValue } from '../learners/prior';
import { checkTable, labelsOf, type Table } from '../table/table';
import { takeRows } from '../table/take-rows';
import { spreadSample } from '../table/time-order';
import { type CandidateScore, chooseBest, DECIDING_METRIC, type FoldScore, judge, summarise } from './candidate-score';
import { checkLabels } from './check-labels';
import { type Fold, foldsOf } from './folds';
import { profileInputs } from './profile-inputs';
import type { TrainedModel } from './trained-model';
import { decodeCheckpoint, encodeCheckpoint, fingerprintOf } from './training-checkpoint';
import { inTrainingOrder } from './training-order';
import { BASELINE, type ReadyCandidate, readPlan, type TrainingPlan } from './training-plan';

/** Where a run stands after a step. */
export interface RunProgress {
  readonly phase: 'search' | 'refit';
  /** Fits (one candidate on one fold) during the search, steps of the learner during the refit; may be fractional. */
  readonly done: number;
  readonly total: number;
  /** A candidate whose last fold this step has judged. */
  readonly scored: CandidateScore | null;
}

export interface RunResult {
  readonly chosen: string;
  /** The baseline first, then the candidates in the order of the plan. */
  readonly scores: readonly CandidateScore[];
  readonly trained: TrainedModel;
  /** Says the training rate for every row. */
  readonly baseline: ConstantModel;
  readonly rows: number;
  readonly warnings: readonly string[];
}

interface Fit {
  readonly steps: readonly FittedStep[];
  readonly training: Training;
}

/**
 * Search by cross-validation, then one refit of the best candidate on all rows, as steps of bounded work:
 *
 * ```
 * const run = TrainingRun.start(plan, table);            // or TrainingRun.resume(plan, table, checkpoint)
 * while (!run.done) { report(run.step()); if (due) save(run.checkpoint()); }
 * run.result()
 * ```
 *
 * Plan and table alone decide the result; where it was stopped and resumed does not.
 */
export class TrainingRun {
  private readonly candidates: readonly ReadyCandidate[];
  private readonly ordered: Table;
  private readonly search: Table;
  private readonly folds: readonly Fold[];
  private readonly fingerprint: string;
  private scores: FoldScore[] = [];
  private fit: Fit | null = null;

  private constructor(
    private readonly plan: TrainingPlan,
    table: Table,
  ) {
    checkTable(table);
    checkLabels(plan.task, table);
    this.candidates = [{ name: BASELINE, learner: prior, parameters: {} }, ...readPlan(plan, table)];
    this.ordered = inTrainingOrder(table, plan.seed);
    this.search = spreadSample(this.ordered, plan.searchRows);
    this.folds = foldsOf(this.search, plan.folds);
    this.fingerprint = fingerprintOf(plan, table);
  }

  /** @throws LearningError when plan or table cannot be learned from. */
  static start(plan: TrainingPlan, table: Table): TrainingRun {
    return new TrainingRun(plan, table);
  }

  /** @throws LearningError LEARNING_CHECKPOINT_MISMATCH when `checkpoint` belongs to another plan, table or trainer version. */
  static resume(plan: TrainingPlan, table: Table, checkpoint: Uint8Array): TrainingRun {
    const run = new TrainingRun(plan, table);
    const { scores, training } = decodeCheckpoint(checkpoint, run.fingerprint);
    run.scores = [...scores];
    if (training !== null) run.fit = run.begin(training);
    return run;
  }

  get done(): boolean {
    return this.searched && this.fit?.training.done === true;
  }

  /** Prepares one fit, or lets its learner take one step; the last step of a fit also judges it. */
  step(): RunProgress {
    if (this.done) return this.progress(null);
    if (this.fit === null) this.fit = this.begin(null);
    else this.fit.training.step();
    return this.progress(this.searched || !this.fit.training.done ? null : this.finishFit(this.fit));
  }

  checkpoint(): Uint8Array {
    const training = this.fit === null ? null : this.fit.training.state();
    return encodeCheckpoint({ fingerprint: this.fingerprint, scores: this.scores, training });
  }

  result(): RunResult {
    if (!this.done || this.fit === null) throw new Error('The run is not done: take steps until it is.');
    const { task, features } = this.plan;
    const scores = this.candidates.map((_, index) => this.scoreOf(index));
    const chosen = this.chosen();
    return {
      chosen: chosen.name,
      scores,
      trained: {
        task,
        inputs: profileInputs(features, this.ordered),
        steps: this.fit.steps,
        model: this.fit.training.model(),
      },
      baseline: { kind: 'constant', task, value: priorValue({ task, labels: labelsOf(this.ordered) }) },
      rows: this.ordered.rows,
      warnings: this.warnings(scores),
    };
  }

  private get searched(): boolean {
    return this.scores.length === this.candidates.length * this.folds.length;
  }

  /** Candidate and fold of the fit under way. */
  private position(): { candidate: number; fold: number } {
    const done = this.scores.length;
    return { candidate: Math.floor(done / this.folds.length), fold: done % this.folds.length };
  }

  private begin(state: JsonValue): Fit {
    const { candidate, fold } = this.position();
    const { learner, parameters } = this.searched ? this.chosen() : this.candidates[candidate];
    const table = this.searched ? this.ordered : takeRows(this.search, this.folds[fold].training);
    const labels = labelsOf(table);
    const { task, features, seed } = this.plan;
    const { steps, training } = fitFeatures(learner.features(features, parameters), table, labels, seed);
    const problem = { task, matrix: training, labels, seed };
    return {
      steps,
      training: state === null ? learner.start(problem, parameters) : learner.resume(problem, parameters, state),
    };
  }

  private finishFit({ steps, training }: Fit): CandidateScore | null {
    const { candidate, fold } = this.position();
    const table = takeRows(this.search, this.folds[fold].validation);
    const predictions = predict(training.model(), applyFeatures(steps, table));
    this.scores.push({ fold, metrics: judge(this.plan.task, labelsOf(table), predictions) });
    this.fit = null;
    return fold === this.folds.length - 1 ? this.scoreOf(candidate) : null;
  }

  private progress(scored: CandidateScore | null): RunProgress {
    const training = this.fit?.training;
    const [done, planned] = [training?.stepsDone ?? 0, training?.stepsPlanned ?? 1];
    if (this.searched && training)
      return { phase: 'refit', done: training.done ? planned : done, total: planned, scored };
    const total = this.candidates.length * this.folds.length;
    return { phase: 'search', done: this.scores.length + done / planned, total, scored };
  }

  private scoreOf(candidate: number): CandidateScore {
    const from = candidate * this.folds.length;
    return summarise(this.candidates[candidate].name, this.scores.slice(from, from + this.folds.length));
  }

  private chosen(): ReadyCandidate {
    const [, ...candidates] = this.candidates.map((_, index) => this.scoreOf(index));
    const best = chooseBest(this.plan.task, candidates);
    return this.candidates.find(({ name }) => name === best.candidate) as ReadyCandidate;
  }

  private warnings([baseline, ...candidates]: readonly CandidateScore[]): string[] {
    const metric = DECIDING_METRIC[this.plan.task];
    const best = chooseBest(this.plan.task, candidates);
    if (best.mean[metric] < baseline.mean[metric]) return [];
    return [`No candidate beats the baseline: ${metric} ${best.mean[metric]} against ${baseline.mean[metric]}.`];
  }
}
