// `npm run generate`: writes everything that is derived and committed: the history of the schemas, golden bytes, and the
// tables under docs/generated. With --check it writes nothing and fails when something would change (`npm test` does so).
// It reads the built libraries and services, so it builds nothing itself: run `npm run build` before.
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..', '..');
const PARTS = ['schemas', 'topics-page', 'access-page', 'errors-page', 'settings-page', 'metrics-page'];

/** @typedef {{file: string, content: string | Buffer}} Output a path from the root, and what is to stand there */

async function main() {
  const check = process.argv.includes('--check');
  const outputs = [];
  for (const part of PARTS) outputs.push(...(await require(`./parts/${part}.cjs`).outputs(ROOT)));
  const stale = outputs.filter(({ file, content }) => !sameAs(path.join(ROOT, file), content));
  if (check) {
    for (const { file } of stale) console.error(`${file} is not what the code says.`);
    if (stale.length > 0) console.error('Type: npm run generate, read the difference, and commit it.');
  } else {
    for (const output of stale) write(output);
  }
  console.log(`${outputs.length} generated files, ${stale.length} ${check ? 'out of date' : 'written'}`);
  return check && stale.length > 0 ? 1 : 0;
}

function sameAs(file, content) {
  try {
    return fs.readFileSync(file).equals(Buffer.from(content));
  } catch {
    return false;
  }
}

function write({ file, content }) {
  const target = path.join(ROOT, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
  console.log(`wrote ${file}`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
