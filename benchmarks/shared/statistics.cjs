// Order statistics of samples; none is thrown away.

/** The value that at most the share `q` of the samples lies below: nearest rank. */
function quantile(samples, q) {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}

const median = (samples) => quantile(samples, 0.5);

const round = (value, digits = 1) => Number(value.toFixed(digits));

module.exports = { median, quantile, round };
