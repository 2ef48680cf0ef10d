import { open } from 'node:fs/promises';
import { DataError } from '../data-error';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const HEADER_BYTES_MAX = 262_144;

export interface CsvHeader {
  readonly delimiter: string;
  readonly columns: readonly string[];
}

/**
 * Reads the first line of a CSV file, which names the columns. The delimiter is the one of `, ; tab |` that splits it
 * into most columns (RFC 4180 quotes are respected).
 *
 * A guess from the data (as DuckDB's sniffer makes it) fails exactly when it matters: one line with too few cells
 * turns a whole file into one column of text.
 */
export async function readCsvHeader(path: string, delimiter?: string): Promise<CsvHeader> {
  const line = firstRecord(await head(path));
  const candidates = (delimiter === undefined ? DELIMITERS : [delimiter]).map((one) => ({
    delimiter: one,
    columns: splitRecord(line, one),
  }));
  const best = candidates.reduce((a, b) => (b.columns.length > a.columns.length ? b : a));
  if (line.trim() === '') {
    throw new DataError(
      'DATA_FILE_EMPTY',
      `${path} has no first line. A CSV file begins with the names of its columns.`,
    );
  }
  return best;
}

async function head(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
    return buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
  } finally {
    await file.close();
  }
}

function firstRecord(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) return text.slice(0, at);
  }
  return text;
}

function splitRecord(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (character === '"') {
      if (quoted && line[at + 1] === '"') cell += line[++at];
      else quoted = !quoted;
    } else if (!quoted && character === delimiter) {
      cells.push(cell);
      cell = '';
    } else cell += character;
  }
  return [...cells, cell];
}
