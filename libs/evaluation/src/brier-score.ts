import { checkLengths, type Numbers } from './check-lengths';

/** Mean squared distance between probability and what came true, 0 to 1 (Brier 1950, in the one-class form). NaN without rows. */
export function brierScore(labels: Numbers, probabilities: Numbers): number {
  checkLengths(labels, probabilities);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += (probabilities[row] - labels[row]) ** 2;
  return sum / labels.length;
}
