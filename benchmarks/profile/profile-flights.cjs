// One profile of the flights in a process of its own: prints seconds (imports excluded), peak memory and the digest of the bytes.
const path = require('node:path');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { memoryMb } = require('../shared/processes.cjs');
const { ROOT } = require('../shared/machine.cjs');
const { examineDataset } = require(path.join(ROOT, 'libs', 'data'));
const { digestOf } = require(path.join(ROOT, 'libs', 'learning'));

const FILE = path.join(ROOT, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

async function main() {
  await import('@duckdb/node-api');
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bench-profile-'));
  try {
    const began = performance.now();
    const { profile } = await examineDataset({
      parts: [{ part: 'TRAINING', path: FILE }],
      label: 'delay',
      expectations: [],
      folder,
    });
    const seconds = (performance.now() - began) / 1_000;
    const { peak } = memoryMb(process.pid);
    process.stdout.write(`${JSON.stringify({ seconds, peak, rows: profile.rows, digest: digestOf(profile) })}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
