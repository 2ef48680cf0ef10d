// What a person sees while a benchmark runs: the step in hand; on a terminal with a count that moves.

const EVERY_MS = 250;
const STEP_OR_WARNING = /^\s*(✓|✗|warn|error)/;

/** @param {{write(text: string): void, isTTY?: boolean}} out @param {string} name of the benchmark */
function createProgress(out, name) {
  const began = Date.now();
  const stamp = () => `${name} ${((Date.now() - began) / 1_000).toFixed(0).padStart(4)} s`;
  let title = '';
  let drawnAt = 0;
  const line = (text) => out.write(`${out.isTTY ? '\r\u001b[K' : ''}${stamp()}  ${text}\n`);
  const step = (text) => {
    if (text === title) return;
    title = text;
    line(text);
  };
  return {
    step,
    /** A line of the platform: its finished steps and its warnings are shown, addresses and keys are not. */
    detail: (text) => STEP_OR_WARNING.test(text) && line(text.trim()),
    count(text, done, total) {
      step(text);
      if (!out.isTTY || Date.now() - drawnAt < EVERY_MS) return;
      drawnAt = Date.now();
      out.write(`\r\u001b[K${stamp()}  ${done} of ${total}`);
    },
    end: () => out.isTTY && out.write('\r\u001b[K'),
  };
}

module.exports = { createProgress };
