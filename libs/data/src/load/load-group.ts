import { createHash } from 'node:crypto';
import { PROGRESS_OF } from '@millrace/contracts';
import type { DataFile } from '../files/data-file';
import { canonicalSelection, type RowSelection } from '../rows/row-selection';

/**
 * The group whose offset says how far a load has come: `load.<source>.<SHA-256 of file digest and row selection>`.
 * The same bytes, selection and way of reading give the same group, wherever the file lies and whatever it is called.
 *
 * @param fileDigest SHA-256 of the file, hex.
 */
export function loadGroup(source: string, fileDigest: string, file: DataFile, selection: RowSelection): string {
  const { delimiter = null, nulls = [], skipBadLines = false } = file.csv;
  const reading = file.format === 'csv' ? JSON.stringify({ delimiter, nulls, skipBadLines }) : '';
  const text = `${fileDigest}\n${canonicalSelection(selection)}\n${reading}`;
  return `${PROGRESS_OF.load}.${source}.${createHash('sha256').update(text).digest('hex')}`;
}
