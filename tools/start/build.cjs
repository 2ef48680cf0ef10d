// Compiles what changed: `tsc -b` compares sources with its own records and does the rest of the work not at all.
const { spawn } = require('node:child_process');
const path = require('node:path');

/** @param {string} root of the repository */
function build(root) {
  const tsc = path.join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  return new Promise((resolve, reject) => {
    const compiler = spawn(process.execPath, [tsc, '-b'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [compiler.stdout, compiler.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    compiler.on('error', reject);
    compiler.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed (tsc -b, exit ${code}):\n${output.trim()}`)),
    );
  });
}

module.exports = { build };
