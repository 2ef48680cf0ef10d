import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';
import { LARGEST_SUM, type Optimiser } from './optimiser';

/**
 * AdaGrad (Duchi, Hazan and Singer 2011, https://jmlr.org/papers/v12/duchi11a.html): each weight has a step of
 * rate / sqrt(1 + the sum of its squared gradients), so rare categories move far and common ones settle.
 */
export class AdaGrad implements Optimiser {
  readonly weights: Float64Array;
  private readonly squares: Float64Array;

  constructor(
    size: number,
    private readonly rate: number,
    private readonly l2: number,
  ) {
    this.weights = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  update(index: number, gradient: number): void {
    if (gradient !== 0) this.move(index, gradient);
  }

  updateAll(start: number, gradient: number, values: Float64Array): void {
    const { weights, squares, rate, l2 } = this;
    for (let i = 0, at = start; i < values.length; i++, at++) {
      const own = gradient * values[i];
      if (own === 0) continue;
      const slope = own + l2 * weights[at];
      const sum = squares[at] + slope * slope;
      if (sum === 0) continue;
      squares[at] = sum;
      weights[at] -= (rate * slope) / Math.sqrt(1 + sum);
    }
  }

  private move(index: number, gradient: number): void {
    const { weights, squares } = this;
    const slope = gradient + this.l2 * weights[index];
    const sum = squares[index] + slope * slope;
    // A gradient whose square underflows must not move a weight that then counts as untouched.
    if (sum === 0) return;
    squares[index] = sum;
    weights[index] -= (this.rate * slope) / Math.sqrt(1 + sum);
  }

  touched(index: number): boolean {
    return this.squares[index] > 0;
  }

  write(index: number, to: ByteWriter): void {
    to.f64(this.weights[index]).f64(this.squares[index]);
  }

  read(index: number, from: ByteReader): void {
    this.weights[index] = from.f64(-LARGEST_SUM, LARGEST_SUM);
    this.squares[index] = from.f64(0, LARGEST_SUM);
  }
}
