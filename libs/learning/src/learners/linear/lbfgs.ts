/** Value at `point`; writes the gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Everything that the next iteration depends on, as plain numbers. */
export interface LbfgsState {
  readonly iterations: number;
  readonly done: boolean;
  readonly value: number;
  readonly point: readonly number[];
  readonly gradient: readonly number[];
  /** The last moves s and gradient changes y, oldest first. */
  readonly moves: readonly (readonly number[])[];
  readonly changes: readonly (readonly number[])[];
}

const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;
const MAX_HALVINGS = 30;

/**
 * L-BFGS (Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4 and 3.1: two-loop recursion, backtracking) for a
 * smooth convex function. One `iterate` is one line search, so it can be stopped and resumed in between.
 */
export class Lbfgs {
  private constructor(
    private readonly objective: Objective,
    private readonly tolerance: number,
    private current: {
      iterations: number;
      done: boolean;
      value: number;
      point: Float64Array;
      gradient: Float64Array;
      moves: Float64Array[];
      changes: Float64Array[];
    },
  ) {}

  /** @param tolerance done when no component of the gradient exceeds it. */
  static start(objective: Objective, point: Float64Array, tolerance: number): Lbfgs {
    const gradient = new Float64Array(point.length);
    const value = objective(point, gradient);
    const done = largest(gradient) <= tolerance;
    const current = { iterations: 0, done, value, point, gradient, moves: [], changes: [] };
    return new Lbfgs(objective, tolerance, current);
  }

  static resume(objective: Objective, state: LbfgsState, tolerance: number): Lbfgs {
    return new Lbfgs(objective, tolerance, {
      ...state,
      point: Float64Array.from(state.point),
      gradient: Float64Array.from(state.gradient),
      moves: state.moves.map((move) => Float64Array.from(move)),
      changes: state.changes.map((change) => Float64Array.from(change)),
    });
  }

  get done(): boolean {
    return this.current.done;
  }

  get iterations(): number {
    return this.current.iterations;
  }

  get point(): Float64Array {
    return this.current.point;
  }

  state(): LbfgsState {
    const { point, gradient, moves, changes, ...rest } = this.current;
    return {
      ...rest,
      point: Array.from(point),
      gradient: Array.from(gradient),
      moves: moves.map((move) => Array.from(move)),
      changes: changes.map((change) => Array.from(change)),
    };
  }

  iterate(): void {
    const { point, gradient, value, moves, changes } = this.current;
    const direction = this.direction();
    const slope = dot(direction, gradient);
    let length = moves.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const trial = new Float64Array(point.length);
    const trialGradient = new Float64Array(point.length);
    for (let halvings = 0; halvings <= MAX_HALVINGS; halvings++, length /= 2) {
      for (let i = 0; i < trial.length; i++) trial[i] = point[i] + length * direction[i];
      const trialValue = this.objective(trial, trialGradient);
      if (trialValue > value + SUFFICIENT_DECREASE * length * slope) continue;
      remember(moves, changes, subtract(trial, point), subtract(trialGradient, gradient));
      const done = largest(trialGradient) <= this.tolerance;
      const iterations = this.current.iterations + 1;
      this.current = { iterations, done, value: trialValue, point: trial, gradient: trialGradient, moves, changes };
      return;
    }
    // No step along a descent direction lowers the value: this is the minimum to the precision of the sums.
    this.current = { ...this.current, iterations: this.current.iterations + 1, done: true };
  }

  private direction(): Float64Array {
    const { gradient, moves, changes } = this.current;
    const direction = gradient.map((component) => -component);
    const alphas = new Float64Array(moves.length);
    for (let k = moves.length - 1; k >= 0; k--) {
      alphas[k] = dot(moves[k], direction) / dot(moves[k], changes[k]);
      addScaled(direction, changes[k], -alphas[k]);
    }
    const last = moves.length - 1;
    if (last >= 0) scale(direction, dot(moves[last], changes[last]) / dot(changes[last], changes[last]));
    for (let k = 0; k < moves.length; k++) {
      addScaled(direction, moves[k], alphas[k] - dot(changes[k], direction) / dot(moves[k], changes[k]));
    }
    return direction;
  }
}

/** Keeps the last pairs with positive curvature. */
function remember(moves: Float64Array[], changes: Float64Array[], move: Float64Array, change: Float64Array): void {
  if (dot(move, change) <= 1e-12 * dot(change, change)) return;
  moves.push(move);
  changes.push(change);
  if (moves.length > MEMORY) {
    moves.shift();
    changes.shift();
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const subtract = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]);

function addScaled(to: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * what[i];
}

function scale(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
