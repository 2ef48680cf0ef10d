import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';
import { LARGEST_SUM, type Optimiser } from './optimiser';

/**
 * FTRL-Proximal with a rate per coordinate (McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", algorithm 1,
 * https://research.google/pubs/pub41159/). The weight follows from the sums z and n, so it is kept beside them but not saved.
 */
export class FtrlProximal implements Optimiser {
  readonly weights: Float64Array;
  private readonly z: Float64Array;
  private readonly n: Float64Array;
  /** sqrt(n), kept because it costs more than to read it. */
  private readonly roots: Float64Array;

  constructor(
    size: number,
    private readonly alpha: number,
    private readonly beta: number,
    private readonly l1: number,
    private readonly l2: number,
  ) {
    this.weights = new Float64Array(size);
    this.z = new Float64Array(size);
    this.n = new Float64Array(size);
    this.roots = new Float64Array(size);
  }

  update(index: number, gradient: number): void {
    if (gradient !== 0) this.move(index, gradient);
  }

  updateAll(start: number, gradient: number, values: Float64Array): void {
    for (let i = 0; i < values.length; i++) {
      const slope = gradient * values[i];
      if (slope !== 0) this.move(start + i, slope);
    }
  }

  private move(index: number, gradient: number): void {
    const after = this.n[index] + gradient * gradient;
    // A gradient whose square underflows must not move a weight that then counts as untouched.
    if (after === 0) return;
    const root = Math.sqrt(after);
    const sigma = (root - this.roots[index]) / this.alpha;
    const z = this.z[index] + gradient - sigma * this.weights[index];
    this.z[index] = z;
    this.n[index] = after;
    this.roots[index] = root;
    this.weights[index] = this.weightOf(z, root);
  }

  touched(index: number): boolean {
    return this.n[index] > 0;
  }

  write(index: number, to: ByteWriter): void {
    to.f64(this.z[index]).f64(this.n[index]);
  }

  read(index: number, from: ByteReader): void {
    this.z[index] = from.f64(-LARGEST_SUM, LARGEST_SUM);
    this.n[index] = from.f64(0, LARGEST_SUM);
    this.roots[index] = Math.sqrt(this.n[index]);
    this.weights[index] = this.n[index] > 0 ? this.weightOf(this.z[index], this.roots[index]) : 0;
  }

  private weightOf(z: number, root: number): number {
    const kept = Math.abs(z) - this.l1;
    if (kept <= 0) return 0;
    const weight = kept / ((this.beta + root) / this.alpha + this.l2);
    return z < 0 ? weight : -weight;
  }
}
