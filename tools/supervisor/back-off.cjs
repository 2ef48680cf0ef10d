// When a process that died is started again, and when its dying counts as a crash loop. Pure.

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const LOOP_DEATHS = 5;
const LOOP_WINDOW_MS = 60_000;
/** A process that was ready for this long starts again with the first delay. */
const STEADY_MS = 60_000;

/**
 * Delay before the next start after `deaths` deaths in a row: doubled each time, at most 30 s, with half of it random
 * so that processes that fell together do not come back together.
 *
 * @param {number} deaths 1 for the first death
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds
 */
function restartDelay(deaths, random) {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(deaths - 1, 20));
  return Math.round(full / 2 + (full / 2) * random());
}

/** True when the last five deaths lie within one minute. `deathTimes` in milliseconds, ascending. */
function isCrashLoop(deathTimes) {
  const fifthLast = deathTimes.at(-LOOP_DEATHS);
  return fifthLast !== undefined && deathTimes.at(-1) - fifthLast <= LOOP_WINDOW_MS;
}

module.exports = { LOOP_DEATHS, LONGEST_DELAY_MS, STEADY_MS, isCrashLoop, restartDelay };
