/**
 * P-values corrected for their number, in the given order (Holm 1979). Calling those at or below a level a finding makes one or more false
 * findings at most that likely, whatever the p-values have to do with each other; features that move together are no exception.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b] || a - b);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((place, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[place]));
    adjusted[place] = largest;
  });
  return adjusted;
}
