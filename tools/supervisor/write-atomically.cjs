const fs = require('node:fs');
const path = require('node:path');

/** Replaces a file as a whole: a reader sees the old content or the new, also after a kill in the middle. */
function writeAtomically(file, content, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.new`;
  fs.writeFileSync(beside, content, { mode });
  fs.renameSync(beside, file);
}

const writeJson = (file, value, mode) => writeAtomically(file, `${JSON.stringify(value, null, 2)}\n`, mode);

/** The parsed content, or `otherwise` when the file is missing or torn. */
function readJson(file, otherwise) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return otherwise;
  }
}

module.exports = { readJson, writeAtomically, writeJson };
