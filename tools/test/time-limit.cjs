// Limits for a test that hangs, not for speed. Jest heeds `testTimeout` only outside of `projects`, so it is set here by
// the kind of the spec file that runs.
const { testPath } = expect.getState();

const limitMs = /\.e2e\.spec\.ts$/.test(testPath) ? 300_000 : /\.int\.spec\.ts$/.test(testPath) ? 90_000 : 30_000;
jest.setTimeout(limitMs);
