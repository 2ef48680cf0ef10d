// Compiles TypeScript and ES-module packages to CommonJS and leaves CommonJS packages alone, because Jest on
// Node 20 cannot require() the ES modules that Nest 12 and others ship (docs/adr has the choice of versions).
const { createTransformer } = require('@swc/jest');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');

const kinds = new Map();

function packageKind(dir) {
  if (kinds.has(dir)) return kinds.get(dir);
  const manifest = path.join(dir, 'package.json');
  const parent = path.dirname(dir);
  const kind = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')).type ?? 'commonjs')
    : parent === dir
      ? 'commonjs'
      : packageKind(parent);
  kinds.set(dir, kind);
  return kind;
}

const isEsModule = (file) =>
  file.endsWith('.mjs') || (file.endsWith('.js') && packageKind(path.dirname(file)) === 'module');

module.exports = {
  createTransformer(options) {
    const swc = createTransformer(options);
    return {
      ...swc,
      process: (source, file, jestOptions) =>
        file.includes('node_modules') && !isEsModule(file) ? { code: source } : swc.process(source, file, jestOptions),
    };
  },
};
