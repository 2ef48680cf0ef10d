// Preloaded (node -r) into child processes of tests, so that they run from the sources under test and not from an old build.
// Also ends the child when the test process is gone, however that died: no test leaves a process behind.
const Module = require('node:module');
const fs = require('node:fs');
const path = require('node:path');
const swc = require('@swc/core');

const libs = path.resolve(__dirname, '..');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const library = /^@millrace\/([a-z-]+)$/.exec(request)?.[1];
  return resolve.call(this, library ? path.join(libs, library, 'src/index.ts') : request, ...rest);
};

Module._extensions['.ts'] = (module, file) => {
  const { code } = swc.transformSync(fs.readFileSync(file, 'utf8'), {
    filename: file,
    sourceMaps: 'inline',
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  });
  module._compile(code, file);
};

if (process.channel) {
  process.on('disconnect', () => process.exit(1));
  process.channel.unref();
}
