import type { ColumnSummary, Suspicion } from '@millrace/contracts';
import type { ProfiledColumn, ProfiledData } from './profiled-data';

/** An event has at most 1 MiB: what is cut here stands in the profile, which the verdict names. */
const COLUMNS = 300;
const TEXT_BYTES = 196_608;
/** With fewer rows to a value, the next data set brings new ones for sure. */
const ROWS_PER_VALUE = 10;

/** What of a profile goes into the verdict, and what later expectations are derived from. */
export function summariseProfile({ columns }: ProfiledData): ColumnSummary[] {
  let left = TEXT_BYTES;
  return columns.slice(0, COLUMNS).map((column) => {
    const values = vocabularyOf(column);
    const bytes = values?.reduce((sum, value) => sum + Buffer.byteLength(value) + 1, 0) ?? 0;
    const fits = bytes <= left;
    if (fits) left -= bytes;
    const { name, type, kind, missing, distinct, min, max, mean, sd } = column;
    return { column: name, type, kind, missing, distinct, min, max, mean, sd, values: fits ? values : null };
  });
}

function vocabularyOf({ kind, top, topComplete, count, distinct }: ProfiledColumn): string[] | null {
  if ((kind !== 'text' && kind !== 'boolean') || !topComplete) return null;
  return distinct * ROWS_PER_VALUE > count ? null : top.map(({ value }) => String(value)).sort();
}

/** The suspicions as the event carries them. */
export const suspicionsOf = ({ suspicions }: ProfiledData): Suspicion[] =>
  suspicions.slice(0, COLUMNS).map(({ code, column, grave, reason }) => ({ code, column, grave, reason }));
