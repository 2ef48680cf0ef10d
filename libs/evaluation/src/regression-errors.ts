import { checkLengths, type Numbers } from './check-lengths';

/** Root of the mean squared error, in the unit of the label. NaN without rows. */
export function rootMeanSquaredError(labels: Numbers, predictions: Numbers): number {
  checkLengths(labels, predictions);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += (predictions[row] - labels[row]) ** 2;
  return Math.sqrt(sum / labels.length);
}

/** Mean absolute error, in the unit of the label. NaN without rows. */
export function meanAbsoluteError(labels: Numbers, predictions: Numbers): number {
  checkLengths(labels, predictions);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += Math.abs(predictions[row] - labels[row]);
  return sum / labels.length;
}
