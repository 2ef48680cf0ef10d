import { add, closingLine, tallyOf } from './tally.cjs';

const report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numRuntimeErrorTestSuites: 2,
  numPendingTests: 3,
  numTodoTests: 4,
};
const good = { ...report, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

describe('test/tally', () => {
  test('failed tests, suites that could not run and skipped tests are counted', () => {
    expect(tallyOf(report, 1)).toEqual({ passed: 5, failed: 3, skipped: 7 });
    expect(tallyOf(good, 0)).toEqual({ passed: 5, failed: 0, skipped: 7 });
  });

  test('a run that failed without a failed test, or that left no report, is a failure', () => {
    expect(tallyOf(good, 1).failed).toBe(1);
    expect(tallyOf(good, null).failed).toBe(1);
    expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('the closing line names skipped tests only when there are any', () => {
    expect(closingLine({ passed: 7, failed: 0, skipped: 0 })).toBe('7 passed, 0 failed');
    expect(closingLine(add({ passed: 7, failed: 1, skipped: 2 }, { passed: 1, failed: 0, skipped: 0 }))).toBe(
      '8 passed, 1 failed, 2 skipped',
    );
  });
});
