// What a person sees: steps with their seconds, a bar where there is a count, warnings of services, a table at the end.

const BAR_WIDTH = 24;
const LINES_PER_WINDOW = 15;
const WINDOW_MS = 10_000;

/** @param {{write(text: string): void, isTTY?: boolean, on?: Function}} out @param {() => number} now */
function createTerminal(out, now = Date.now) {
  // A terminal that was closed must not keep the supervisor from its ordered stop.
  out.on?.('error', () => undefined);
  const tty = Boolean(out.isTTY) && process.env.CI === undefined;
  const paint = (code, text) => (tty && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clear = () => tty && out.write('\r\u001b[K');
  const running = new Set();
  let ticker;
  const quiet = new Map();

  const line = (text = '') => {
    clear();
    out.write(`${text}\n`);
    draw();
  };
  const draw = () => {
    const step = [...running].at(-1);
    if (tty && step)
      out.write(`\r\u001b[K  ${paint('36', '·')} ${step.title} ${step.detail} ${seconds(now() - step.startedAt)}`);
  };

  /**
   * Runs one step of the start. `work` gets `progress(done, total?, what?)` for a bar or a counter.
   * @template T @param {string} title @param {(progress: Function) => Promise<T>} work @returns {Promise<T>}
   */
  async function step(title, work) {
    const one = { title, detail: '', startedAt: now() };
    running.add(one);
    ticker ??= tty ? setInterval(draw, 250) : undefined;
    ticker?.unref();
    draw();
    try {
      const result = await work((done, total, what = '') => {
        one.detail = total ? `${bar(done / total)} ${what}` : `${done} ${what}`;
        draw();
      });
      finish(one, paint('32', '✓'));
      return result;
    } catch (error) {
      finish(one, paint('31', '✗'));
      throw error;
    }
  }

  function finish(one, mark) {
    running.delete(one);
    if (running.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
    line(`  ${mark} ${one.title.padEnd(46)} ${seconds(now() - one.startedAt).padStart(7)}`);
  }

  /** A line of a service; a service that floods is cut short with the name of its log file. */
  function serviceLine(service, level, text, logFile) {
    const at = now();
    const window = quiet.get(service);
    if (!window || at - window.since > WINDOW_MS) quiet.set(service, { since: at, count: 1 });
    else if (++window.count === LINES_PER_WINDOW + 1) return line(`    ${service}: more of this in ${logFile}`);
    else if (window.count > LINES_PER_WINDOW) return;
    const color = level === 'warn' ? '33' : '31';
    line(`    ${paint(color, level.padEnd(5))} ${service}: ${text.split('\n')[0].slice(0, 300)}`);
  }

  const bold = (text) => paint('1', text);
  const note = (text) => line(`  ${text}`);
  const problem = (text) => line(`  ${paint('31', '✗')} ${text}`);
  return { bold, line, note, problem, serviceLine, step };
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function bar(share) {
  const full = Math.round(Math.max(0, Math.min(1, share)) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.round(share * 100)} %`;
}

/** Rows as aligned columns, two spaces apart. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd())
    .join('\n');
}

module.exports = { createTerminal, table };
