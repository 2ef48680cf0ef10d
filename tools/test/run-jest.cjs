const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { tallyOf } = require('./tally.cjs');

/**
 * Runs one of the three Jest projects with its output on this terminal. A run past its limit is ended and counts as
 * failed, so that a test which leaves something open cannot hold the suite for ever.
 *
 * @param {{root: string, project: 'unit' | 'int' | 'e2e', patterns: string[], env: NodeJS.ProcessEnv, workers: number, limitMs: number}} options
 * @returns {Promise<import('./tally.cjs').Tally>}
 */
async function runJest({ root, project, patterns, env, workers, limitMs }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-jest-'));
  const outputFile = path.join(folder, 'report.json');
  const args = [
    path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...['--selectProjects', project, '--maxWorkers', String(workers), '--json', '--outputFile', outputFile],
    ...(patterns.length > 0 ? ['--testPathPatterns', ...patterns] : []),
  ];
  const exitCode = await new Promise((resolve, reject) => {
    // The report goes to its file; what Jest prints for people goes to standard error, which this terminal shows.
    const jest = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const limit = setTimeout(() => {
      console.error(`The ${project} tests were ended after ${limitMs / 60_000} minutes.`);
      jest.kill('SIGKILL');
    }, limitMs);
    jest.on('error', reject);
    jest.on('close', (code) => {
      clearTimeout(limit);
      resolve(code);
    });
  });
  const report = fs.existsSync(outputFile) ? JSON.parse(fs.readFileSync(outputFile, 'utf8')) : undefined;
  fs.rmSync(folder, { recursive: true, force: true });
  return tallyOf(report, exitCode);
}

module.exports = { runJest };
