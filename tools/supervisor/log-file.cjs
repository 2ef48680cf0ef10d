// One log file per process, JSON lines, kept below a size: the full file becomes `<name>.log.1` and replaces the one before.
const fs = require('node:fs');
const path = require('node:path');

const LARGEST_FILE = 32 * 1024 * 1024;

class LogFile {
  #file;
  #largest;
  #descriptor;
  #size;

  constructor(file, largest = LARGEST_FILE) {
    this.#file = file;
    this.#largest = largest;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.#open();
  }

  #open() {
    this.#descriptor = fs.openSync(this.#file, 'a');
    this.#size = fs.fstatSync(this.#descriptor).size;
  }

  /** Appends one line at once, so that nothing is lost when this process is killed. */
  append(line) {
    if (this.#descriptor === undefined) return;
    const bytes = Buffer.from(`${line}\n`);
    if (this.#size > 0 && this.#size + bytes.length > this.#largest) {
      fs.closeSync(this.#descriptor);
      fs.renameSync(this.#file, `${this.#file}.1`);
      this.#open();
    }
    fs.writeSync(this.#descriptor, bytes);
    this.#size += bytes.length;
  }

  close() {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

module.exports = { LogFile };
