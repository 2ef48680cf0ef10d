import { DETECTORS } from '@millrace/evaluation';
import { digestOf } from '../canonical-json';
import type { Input } from '../features/feature-step';
import { readParameters } from '../learners/parameters';
import { LearningError } from '../learning-error';
import { ONLINE_LEARNERS } from './catalogue';
import { type ErrorChanges, ErrorWatch } from './evaluation/error-watch';
import { Prequential, type PrequentialReport } from './evaluation/prequential';
import { GUARD_PARAMETERS, type GuardParameters, type GuardReason, LabelGuard } from './guard/label-guard';
import type { OnlineLearner } from './online-learner';
import type { Row } from './rows/row-layout';
import { hashOfState, ONLINE_VERSION, openState, sealState } from './state/sealed-state';

/** Everything besides the examples that decides the bytes of the state. What `parameters` and `guard` leave out is default. */
export interface OnlinePlan {
  readonly learner: string;
  readonly features: readonly Input[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly guard: Readonly<Partial<GuardParameters>>;
  /** Examples of the sliding window of the evaluation, 100 to 100,000. */
  readonly window: number;
  /** What watches the errors: adwin, page-hinkley or ddm. */
  readonly detector: string;
}

/** One labelled example, as the log has it. */
export interface OnlineExample {
  /** By input name; what is absent or of another type is missing. */
  readonly features: Readonly<Record<string, unknown>>;
  /** 0, 1 or a boolean; anything else is counted and not learned from. */
  readonly label: unknown;
  /** Probability that the released model gave to the same example, where it did. */
  readonly releasedProbability?: number | null;
  /** Where the log has it: what a change of the errors is reported with. */
  readonly offset?: number | null;
}

export interface Taken {
  /** What the learner said before it saw the label. */
  readonly probability: number;
  /** Null: it was learned from. */
  readonly refused: GuardReason | null;
}

const WINDOW = { least: 100, most: 100_000 };

/**
 * A learner on a stream with its evaluation and its guard: what a host feeds, saves and asks.
 *
 * Each example in log order: predict, score, judge, learn. `state()` is a function of the plan and of the examples taken, so a
 * host that saves it together with its position in one transaction goes on after a crash as if there had been none, and a
 * *fork* or *rollback* to an offset is a new `TestThenTrain` fed up to there.
 */
export class TestThenTrain {
  /** Examples taken, learned from or not. */
  taken = 0;
  private evaluation: Prequential;
  private guard: LabelGuard;
  private errors: ErrorWatch;
  private readonly row: Row;
  private readonly fingerprint: string;

  private constructor(
    readonly learner: OnlineLearner,
    private readonly guardParameters: GuardParameters,
    private readonly window: number,
    errors: ErrorWatch,
    plan: OnlinePlan,
  ) {
    this.errors = errors;
    const features = plan.features.map(({ name, kind }) => ({ name, kind }));
    this.fingerprint = digestOf({ version: ONLINE_VERSION, ...plan, features });
    this.evaluation = new Prequential(window);
    this.guard = new LabelGuard(guardParameters);
    this.row = learner.layout.row();
  }

  /** @throws LearningError LEARNING_PLAN_INVALID, which names what is wrong and what is allowed. */
  static start(plan: OnlinePlan): TestThenTrain {
    const refuse = (message: string): never => {
      throw new LearningError('LEARNING_PLAN_INVALID', message);
    };
    const kind =
      ONLINE_LEARNERS.get(plan.learner) ??
      refuse(`There is no online learner "${plan.learner}"; there are ${[...ONLINE_LEARNERS.keys()].join(', ')}.`);
    const { least, most } = WINDOW;
    if (!Number.isInteger(plan.window) || plan.window < least || plan.window > most)
      refuse(`The window must be a whole number from ${least} to ${most}; got ${plan.window}.`);
    const detectors = [...DETECTORS.keys()].join(', ');
    const errors =
      ErrorWatch.of(plan.detector) ?? refuse(`There is no detector "${plan.detector}"; there are ${detectors}.`);
    const parameters = readParameters(plan.learner, kind.parameters, plan.parameters);
    const guard = readParameters('guard', GUARD_PARAMETERS, plan.guard as Readonly<Record<string, number>>);
    const complete: OnlinePlan = { ...plan, parameters, guard };
    return new TestThenTrain(kind.create(plan.features, parameters), guard, plan.window, errors, complete);
  }

  /** Never throws, whatever the example holds. */
  take(example: OnlineExample): Taken {
    this.taken++;
    const row = this.learner.layout.read(example.features, this.row);
    const probability = this.learner.predict(row);
    const label = this.guard.readLabel(example.label);
    if (label !== 0 && label !== 1) return { probability, refused: label };
    this.evaluation.add(probability, label, example.releasedProbability);
    this.errors.add(probability, label, example.offset ?? null);
    const refused = this.guard.judge(probability, label);
    if (refused === null) this.learner.learn(row, label);
    return { probability, refused };
  }

  predict(features: Readonly<Record<string, unknown>>): number {
    return this.learner.predict(this.learner.layout.read(features, this.row));
  }

  /** Examples taken, learned from, and refused by reason; whether a burst lasts, how many there were and outlasted the patience. */
  counts() {
    const { counts, closed, bursts, gaveIn } = this.guard;
    const [LABEL_MISSING, LABEL_OUT_OF_RANGE, LOSS_SPIKE, LOSS_BURST] = counts;
    const refused: Record<GuardReason, number> = { LABEL_MISSING, LABEL_OUT_OF_RANGE, LOSS_SPIKE, LOSS_BURST };
    return { taken: this.taken, learned: this.learner.examples, refused, burst: closed, bursts, gaveIn };
  }

  report(): PrequentialReport {
    return this.evaluation.report();
  }

  /** The changes that the detector has found in the errors. */
  changes(): ErrorChanges {
    return this.errors.changes();
  }

  /** `f64 taken | u32 length + state of the learner | guard | evaluation | errors`, sealed. */
  state(): Buffer {
    return sealState(this.fingerprint, (body) => {
      body.f64(this.taken).block(this.learner.state());
      this.guard.write(body);
      this.evaluation.write(body);
      this.errors.write(body);
    });
  }

  /** @throws LearningError LEARNING_STATE_DAMAGED or LEARNING_STATE_MISMATCH; everything is as it was. */
  restore(state: Uint8Array): void {
    const { learner: inner, errors: watch } = this;
    const most =
      64 + inner.stateBytesAtMost + LabelGuard.bytes + Prequential.bytesAtMost(this.window) + watch.bytesAtMost;
    openState(this.fingerprint, state, most, (body) => {
      const taken = body.f64(0, Number.MAX_SAFE_INTEGER);
      const learner = body.block(this.learner.stateBytesAtMost);
      const guard = LabelGuard.read(body, this.guardParameters);
      const evaluation = Prequential.read(body, this.window);
      const errors = ErrorWatch.read(body, watch.changes().detector);
      body.end();
      this.learner.restore(learner);
      Object.assign(this, { taken, guard, evaluation, errors });
    });
  }

  /** Hex SHA-256 of `state()`. */
  hash(): string {
    return hashOfState(this.state());
  }
}
