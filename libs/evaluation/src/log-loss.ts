import { checkLengths, type Numbers } from './check-lengths';

/** Probabilities are kept this far from 0 and 1, so that one confident mistake costs much but not everything. */
const CLIP = 1e-15;

/** -log(probability given to the class that came true), in nats. */
export function lossOf(label: number, probability: number): number {
  const clipped = Math.min(1 - CLIP, Math.max(CLIP, probability));
  return label === 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
}

/** Mean of -log(probability given to the class that came true), in nats (Good 1952). NaN without rows. */
export function logLoss(labels: Numbers, probabilities: Numbers): number {
  checkLengths(labels, probabilities);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += lossOf(labels[row], probabilities[row]);
  return sum / labels.length;
}
