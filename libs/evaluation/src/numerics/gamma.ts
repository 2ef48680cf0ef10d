/** Bernoulli numbers over 2k (2k - 1): the series of Stirling. From 8 on, seven terms give 14 digits. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Natural logarithm of the gamma function of `x` > 0. */
export function logGamma(x: number): number {
  let product = 1;
  let large = x;
  for (; large < 8; large++) product *= large;
  const inverse = 1 / large;
  let power = inverse;
  let series = 0;
  for (const term of STIRLING) {
    series += term * power;
    power *= inverse * inverse;
  }
  const whole = (large - 0.5) * Math.log(large) - large + HALF_LOG_TWO_PI + series;
  return product === 1 ? whole : whole - Math.log(product);
}

const MOST_STEPS = 10_000;
const PRECISION = 1e-15;

/**
 * Q(a, x): the part of a gamma distribution of shape `a` > 0 above `x` >= 0. A series for P below a + 1, the continued fraction
 * for Q above it (Press et al., Numerical Recipes, section 6.2), so small tails keep their digits.
 */
export function upperGamma(a: number, x: number): number {
  if (!(x > 0)) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_STEPS && term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's method. */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < MOST_STEPS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    value *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return value;
}
