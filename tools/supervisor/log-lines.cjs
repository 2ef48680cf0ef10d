// Turns whatever a child prints into JSON lines, and decides which of them a person at the terminal should see. Pure.

const PINO_LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const POSTGRES_LEVELS = {
  LOG: 'info',
  HINT: 'info',
  DETAIL: 'info',
  STATEMENT: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'error',
};
const LONGEST_LINE = 64 * 1024;

/** Cuts chunks into lines; a line without end is cut at 64 KiB so that a child cannot fill our memory. */
function lineSplitter(onLine) {
  let rest = '';
  return {
    write(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) if (line.trim() !== '') onLine(line.replace(/\r$/, ''));
      while (rest.length >= LONGEST_LINE) {
        onLine(rest.slice(0, LONGEST_LINE));
        rest = rest.slice(LONGEST_LINE);
      }
    },
    end() {
      if (rest.trim() !== '') onLine(rest);
      rest = '';
    },
  };
}

/**
 * One line of a child as an entry: `json` is what goes into the log file, the rest is for the terminal.
 * JSON objects pass unchanged; other text (a stack trace, PostgreSQL) is wrapped.
 *
 * @returns {{json: string, level: string, text: string}}
 */
function toEntry(line, { service, isError, now }) {
  const parsed = parseObject(line);
  if (parsed) return { json: line, level: levelOf(parsed.level), text: textOf(parsed) };
  const postgres = /^\S+ \S+ UTC \[\d+\] ([A-Z]+): {1,2}(.*)$/.exec(line);
  const level = (postgres && POSTGRES_LEVELS[postgres[1]]) ?? (isError ? 'error' : 'info');
  const msg = postgres ? postgres[2] : line;
  return { json: JSON.stringify({ time: new Date(now).toISOString(), level, service, msg }), level, text: msg };
}

function parseObject(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const levelOf = (level) => PINO_LEVELS[level] ?? (typeof level === 'string' ? level.toLowerCase() : 'info');

function textOf(entry) {
  const message = String(entry.msg ?? entry.message ?? '');
  const cause = entry.err?.message ?? entry.error?.message;
  return cause && !message.includes(cause) ? `${message}: ${cause}` : message;
}

const isForTerminal = (level) => level === 'warn' || level === 'error' || level === 'fatal';

module.exports = { isForTerminal, lineSplitter, toEntry };
