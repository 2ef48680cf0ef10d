/**
 * exp, log and erf from +, -, *, / alone, which IEEE 754 fixes to the bit. Math.exp and Math.log may differ in the last bit
 * between engines and versions, and the hash of a learner that is rebuilt from the log years later must not.
 *
 * exp and log are those of fdlibm (Sun Microsystems 1993, https://www.netlib.org/fdlibm/e_exp.c and e_log.c), error < 1 ulp.
 */
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const INV_LN2 = Math.LOG2E;
const EXP_BOUND = 700;

/** 2^k for k = -1,010 ... 1,010 around the middle; doubling and halving are exact. */
const POWERS = powersOfTwo(1_010);

function powersOfTwo(bound: number): Float64Array {
  const powers = new Float64Array(2 * bound + 1).fill(1);
  for (let k = 1; k <= bound; k++) {
    powers[bound + k] = powers[bound + k - 1] * 2;
    powers[bound - k] = powers[bound - k + 1] / 2;
  }
  return powers;
}

/** e^x; `x` beyond +-700 counts as +-700, so the result is positive and finite. NaN gives NaN. */
export function exp(x: number): number {
  if (x > EXP_BOUND) return exp(EXP_BOUND);
  if (x < -EXP_BOUND) return exp(-EXP_BOUND);
  if (Number.isNaN(x)) return x;
  const k = Math.floor(x * INV_LN2 + 0.5);
  const high = x - k * LN2_HI;
  const low = k * LN2_LO;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  return (1 - (low - (r * c) / (2 - c) - high)) * POWERS[k + 1_010];
}

/** Log odds beyond this count as this, so that a probability is never 0 or 1 and no loss is infinite. */
const CERTAIN = 30;

/** 1 / (1 + e^-value), strictly between 0 and 1: log odds beyond +-30 count as +-30. */
export function sigmoid(value: number): number {
  return 1 / (1 + exp(value > CERTAIN ? -CERTAIN : value < -CERTAIN ? CERTAIN : -value));
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Natural logarithm of a positive normal number; anything smaller counts as 2^-1000. NaN gives NaN. */
export function log(x: number): number {
  double[0] = x < 9.332636185032189e-302 ? 9.332636185032189e-302 : x;
  const bits = words[HIGH];
  if (bits >= 0x7ff00000) return x;
  const fraction = bits & 0xfffff;
  const carry = (fraction + 0x95f64) & 0x100000;
  words[HIGH] = fraction | (carry ^ 0x3ff00000);
  const k = (bits >> 20) - 1023 + (carry >> 20);
  const f = double[0] - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605106586)));
  const half = 0.5 * f * f;
  return k * LN2_HI - (half - (s * (half + even + odd) + k * LN2_LO) - f);
}

/** The standard normal distribution function, error < 1e-7: Abramowitz and Stegun (1964), formula 7.1.26. */
export function normalBelow(z: number): number {
  const x = Math.abs(z) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * exp(-x * x);
  return z < 0 ? tail : 1 - tail;
}
