// The checks that are no Jest tests: each is one command, passes or fails, and counts as one.
const fs = require('node:fs');
const path = require('node:path');

/**
 * @param {string} root of the repository
 * @returns {{title: string, command: string[], advice: string}[]}
 */
function checks(root) {
  const bin = (...names) => path.join(root, 'node_modules', ...names);
  return [
    {
      title: 'format and lint (Biome)',
      command: ['node', bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
      advice: 'npm run format',
    },
    {
      title: 'boundaries between projects',
      command: ['node', 'tools/checks/boundaries/check.cjs'],
      advice: 'see tools/checks/boundaries/allowed-edges.cjs',
    },
    {
      title: 'types, specs included',
      command: ['node', bin('@typescript', 'native', 'bin', 'tsc'), '-p', 'tsconfig.check.json'],
      advice: 'npx tsc -p tsconfig.check.json',
    },
    ...generators(root),
  ];
}

/** Each generator compares what it would write with what is committed when it is called with --check. */
function generators(root) {
  const folder = path.join(root, 'tools', 'generate');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.cjs'))
    .map((name) => ({
      title: `generated files are up to date (${name})`,
      command: ['node', path.join('tools', 'generate', name), '--check'],
      advice: `node tools/generate/${name}`,
    }));
}

module.exports = { checks };
