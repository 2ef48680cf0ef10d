import { type Cells, poolCells, totalOf } from './cells';
import { type ChiSquare, chiSquare } from './chi-square';
import { jensenShannon } from './jensen-shannon';
import { type KolmogorovSmirnov, kolmogorovSmirnov } from './kolmogorov-smirnov';
import { populationStability, stabilityNoise } from './population-stability';

export interface SharesCompared {
  readonly psi: number;
  readonly psiNoise: number;
  readonly jensenShannon: number;
  /** Means nothing for categories, which have no order. */
  readonly kolmogorovSmirnov: KolmogorovSmirnov;
  readonly chiSquare: ChiSquare;
}

/** Every figure that two distributions over the same cells have; null when one of them has no rows. */
export function compareShares(kind: 'NUMBER' | 'CATEGORY', reference: Cells, window: Cells): SharesCompared | null {
  const [m, n] = [totalOf(reference), totalOf(window)];
  if (m === 0 || n === 0) return null;
  const pooled = poolCells(reference, window, kind);
  return {
    psi: populationStability(pooled.reference, pooled.window),
    psiNoise: stabilityNoise(pooled.reference.length, m, n),
    jensenShannon: jensenShannon(reference, window),
    kolmogorovSmirnov: kolmogorovSmirnov(reference, window),
    chiSquare: chiSquare(pooled.reference, pooled.window),
  };
}
