import { upperGamma } from './gamma';

/** P(Z > z) of the standard normal distribution. */
export const normalTail = (z: number): number => {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? 1 - half : half;
};

/** The z that `share` of the normal distribution lies within, on both sides of 0: 1.96 for 0.95. */
export function twoSidedZ(share: number): number {
  let [low, high] = [0, 40];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (2 * normalTail(middle) > 1 - share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
