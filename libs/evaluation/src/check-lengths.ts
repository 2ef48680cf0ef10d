export type Numbers = ArrayLike<number>;

/** Labels and predictions belong together row by row; anything else is a mistake of the caller. */
export function checkLengths(labels: Numbers, predictions: Numbers): void {
  if (labels.length !== predictions.length) {
    throw new RangeError(
      `There are ${labels.length} labels and ${predictions.length} predictions; give one of each per row.`,
    );
  }
}
