import { type BinnedMatrix, MISSING_BIN } from './bins';
import { FEATURE_STRIDE } from './histogram';

export interface Split {
  readonly feature: number;
  /** Rows with bin <= this go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly leftGradient: number;
  readonly leftHessian: number;
}

export interface SplitRules {
  readonly l2: number;
  readonly minChildWeight: number;
  readonly minGain: number;
}

/** Subtracted histograms leave dust of this relative size in bins that are empty. */
const DUST = 1e-9;

/**
 * The split with the largest gain GL^2/(HL + l2) + GR^2/(HR + l2) - G^2/(H + l2) (Chen and Guestrin 2016, equation 7), or null.
 * Missing values are tried on both sides; where a node has none they will follow the heavier child. Ties: first feature,
 * first bin.
 */
export function findSplit(
  histogram: Float64Array,
  { features }: BinnedMatrix,
  usable: Uint8Array,
  gradient: number,
  hessian: number,
  rules: SplitRules,
): Split | null {
  const whole = (gradient * gradient) / (hessian + rules.l2);
  let best: Split | null = null;
  let needed = whole + rules.minGain + DUST * (1 + Math.abs(whole));
  const consider = (
    feature: number,
    bin: number,
    leftGradient: number,
    leftHessian: number,
    missing: boolean | null,
  ) => {
    const rightHessian = hessian - leftHessian;
    if (leftHessian < rules.minChildWeight || rightHessian < rules.minChildWeight) return;
    const rightGradient = gradient - leftGradient;
    const score =
      (leftGradient * leftGradient) / (leftHessian + rules.l2) +
      (rightGradient * rightGradient) / (rightHessian + rules.l2);
    if (score <= needed) return;
    needed = score + DUST * score;
    const missingLeft = missing ?? leftHessian >= rightHessian;
    best = { feature, bin, missingLeft, gain: score - whole, leftGradient, leftHessian };
  };
  for (let f = 0; f < features.length; f++) {
    if (!usable[f]) continue;
    const offset = f * FEATURE_STRIDE;
    const missing = offset + 2 * MISSING_BIN;
    const hasMissing = features[f].hasMissing && histogram[missing + 1] > DUST * hessian;
    let leftGradient = 0;
    let leftHessian = 0;
    for (let bin = 0; bin < features[f].upper.length; bin++) {
      leftGradient += histogram[offset + 2 * bin];
      leftHessian += histogram[offset + 2 * bin + 1];
      consider(f, bin, leftGradient, leftHessian, hasMissing ? false : null);
      if (hasMissing) consider(f, bin, leftGradient + histogram[missing], leftHessian + histogram[missing + 1], true);
    }
    if (!hasMissing) continue;
    // The last bin has no upper end: this split parts what is present from what is missing.
    const present = features[f].upper.length;
    consider(f, present, gradient - histogram[missing], hessian - histogram[missing + 1], false);
  }
  return best;
}
