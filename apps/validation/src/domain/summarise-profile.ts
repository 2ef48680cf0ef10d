import { type ColumnSummary, isKeepable, type Suspicion } from '@millrace/contracts';
import { distributionOf, ROWS_PER_VALUE } from './distribution';
import { BUDGET, distributedWithinBudget, namedWithinBudget, withinBudget } from './event-budget';
import type { ProfiledColumn, ProfiledData } from './profiled-data';

/** What of a profile goes into the verdict, and what later expectations are derived from. */
export function summariseProfile({ columns }: ProfiledData): ColumnSummary[] {
  const summaries = namedWithinBudget(columns).map((column) => {
    const { name, type, kind, missing, distinct, min, max, mean, sd } = column;
    const [values, distribution] = [vocabularyOf(column), distributionOf(column)];
    return { column: name, type, kind, missing, distinct, min, max, mean, sd, values, distribution };
  });
  return distributedWithinBudget(withinBudget(summaries));
}

function vocabularyOf({ kind, top, topComplete, count, distinct }: ProfiledColumn): string[] | null {
  if ((kind !== 'text' && kind !== 'boolean') || !topComplete) return null;
  if (distinct * ROWS_PER_VALUE > count) return null;
  // A vocabulary without a value that no fact can hold would reject it.
  const values = top.map(({ value }) => String(value)).sort();
  return values.every(isKeepable) ? values : null;
}

/** The suspicions as the event carries them, grave ones first. */
export const suspicionsOf = ({ suspicions }: ProfiledData): Suspicion[] =>
  [...suspicions]
    .sort((a, b) => Number(b.grave) - Number(a.grave))
    .slice(0, BUDGET.suspicions)
    .map(({ code, column, grave, reason }) => ({ code, column: cut(column), grave, reason: cut(reason) }));

/** Characters of a name or sentence that may hold a user's name for a column. */
const SHOWN = 400;

export const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 3)}...`);
