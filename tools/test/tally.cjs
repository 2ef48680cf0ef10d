// Counts what ran. Pure.

/** @typedef {{passed: number, failed: number, skipped: number}} Tally */

/** @returns {Tally} */
const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped });
const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/**
 * Reads what `jest --json` wrote. A suite that could not run counts as one failure, because its tests have no count, and
 * so does a run that failed without any failed test (a global setup that threw) or that wrote nothing.
 *
 * @param {object | undefined} report @param {number | null} exitCode of Jest
 * @returns {Tally}
 */
function tallyOf(report, exitCode) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The closing line: `N passed, N failed`, with `, N skipped` where there are any. */
const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

module.exports = { NOTHING, add, closingLine, tallyOf };
