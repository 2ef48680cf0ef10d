/** From 2^-21 to 1/2 in steps of a 64th of each power of two; as many from 1/2 to 1, mirrored. */
const STEPS = 64;
const OCTAVES = 20;
const SIDE = STEPS * OCTAVES;
export const SCORE_BINS = 2 * SIDE;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** The upper half of 2^-21. */
const FIRST = (1023 - 21) * STEPS;

/**
 * The bin of a probability: fine where probabilities are near 0 or 1, so that models of rare things are told apart too, and never coarser
 * than 1/128. Bins rise with the probability. Made of the bits of the number, not of logarithms, so it is the same on every engine.
 */
export function scoreBin(probability: number): number {
  const mirrored = probability >= 0.5;
  double[0] = mirrored ? 1 - probability : probability;
  // 20 bits of the mantissa stand in the upper word; the first six of them tell the 64th.
  const place = Math.min(SIDE - 1, Math.max(0, (words[1] >>> 14) - FIRST));
  return mirrored ? SCORE_BINS - 1 - place : place;
}
