import Table from 'cli-table3';
import pc from 'picocolors';

/** Results go to stdout, everything else to stderr, so that output can be piped. */
export interface OutputOptions {
  readonly json?: boolean;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows as a table, or the raw values as JSON. */
export function printRows<T>(
  rows: readonly T[],
  columns: Readonly<Record<string, (row: T) => unknown>>,
  options: OutputOptions,
): void {
  if (options.json) {
    printJson(rows);
    return;
  }
  if (rows.length === 0) {
    printNote('nothing yet');
    return;
  }
  const table = new Table({
    head: Object.keys(columns),
    style: { head: pc.isColorSupported ? ['cyan'] : [], border: pc.isColorSupported ? ['grey'] : [] },
  });
  for (const row of rows) table.push(Object.values(columns).map((column) => textOf(column(row))));
  process.stdout.write(`${table.toString()}\n`);
}

/** One thing as name-value lines, or as JSON. */
export function printDetails(value: Readonly<Record<string, unknown>>, options: OutputOptions): void {
  if (options.json) {
    printJson(value);
    return;
  }
  const width = Math.max(...Object.keys(value).map((name) => name.length));
  for (const [name, one] of Object.entries(value))
    process.stdout.write(`${pc.cyan(name.padEnd(width))}  ${textOf(one)}\n`);
}

export const printNote = (text: string): void => void process.stderr.write(`${pc.dim(text)}\n`);

export const printDone = (text: string): void => void process.stderr.write(`${pc.green('✓')} ${text}\n`);

export function printError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${pc.red('error')} ${message}\n`);
}

/** A value for a person: numbers to five digits, records and lists in words. All of it stands in --json. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(5);
  return typeof value === 'object' ? phraseOf(value) : String(value);
}

/** `{ arm: 'main', batch: { index: 1, size: 9 } }` as `arm main, batch (index 1, size 9)`. */
function phraseOf(value: object): string {
  const parts = Array.isArray(value)
    ? value.map(partOf)
    : Object.entries(value).map(([name, one]) => `${name} ${partOf(one)}`);
  return parts.join(', ') || 'none';
}

function partOf(value: unknown): string {
  const text = textOf(value);
  return typeof value === 'object' && value !== null && text !== 'none' ? `(${text})` : text;
}

export const timeOf = (ms: unknown): string =>
  typeof ms === 'number' ? new Date(ms).toISOString().replace('.000Z', 'Z') : '-';

/** The date alone where a moment is the beginning of a day. */
export const dateOrTimeOf = (ms: unknown): string => timeOf(ms).replace('T00:00:00Z', '');
