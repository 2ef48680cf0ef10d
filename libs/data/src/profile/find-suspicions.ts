import type { Profile, ProfileSuspicion } from './profile';

const IDENTIFIER_ROWS = 1_000;
/** Estimates of distinct values are a few percent off. */
const IDENTIFIER_SHARE = 0.95;
const LEAK = 0.98;
/** With fewer rows to a value, groups explain any label. */
const ROWS_PER_GROUP = 10;
const REPEATED_SHARE = 0.01;
const REPEATED_GRAVE = 0.5;

/** What in a profile deserves a look. Pure. Grave ones mean that a model trained on the data would be worth nothing. */
export function findSuspicions(profile: Omit<Profile, 'suspicions'>): ProfileSuspicion[] {
  return [...ofColumns(profile), ...ofLabel(profile), ...ofRows(profile), ...ofTimes(profile)];
}

function ofColumns({ columns, rows }: Omit<Profile, 'suspicions'>): ProfileSuspicion[] {
  return columns.flatMap(({ name: column, count, distinct, exact, kind }): ProfileSuspicion[] => {
    if (rows > 0 && count === 0)
      return [{ code: 'EMPTY_COLUMN', column, grave: true, reason: `${column} has no value in any of ${rows} rows.` }];
    if (count > 1 && distinct <= 1)
      return [{ code: 'CONSTANT', column, grave: false, reason: `${column} has the same value in all ${count} rows.` }];
    const countable = kind === 'text' || kind === 'integer';
    if (!countable || count < IDENTIFIER_ROWS || distinct < count * IDENTIFIER_SHARE) return [];
    const about = exact ? '' : 'about ';
    const reason = `${column} has ${about}${distinct} different values in ${count} rows, as an identifier has: a model learns nothing general from it.`;
    return [{ code: 'IDENTIFIER_LIKE', column, grave: false, reason }];
  });
}

function ofLabel({ labelAssociations, columns, label }: Omit<Profile, 'suspicions'>): ProfileSuspicion[] {
  return labelAssociations.flatMap(({ column, measure, value }): ProfileSuspicion[] => {
    const { count, distinct } = columns.find(({ name }) => name === column) ?? { count: 0, distinct: 0 };
    const crowded = measure === 'pearson' || distinct * ROWS_PER_GROUP <= count;
    if (value === null || Math.abs(value) <= LEAK || !crowded) return [];
    const reason = `${column} all but tells ${label} (${measure} ${value.toFixed(4)}): it is known only when the label is, or copied from it.`;
    return [{ code: 'LEAKS_LABEL', column, grave: true, reason }];
  });
}

function ofRows({ repeatedRows: { share, sampledOneIn } }: Omit<Profile, 'suspicions'>): ProfileSuspicion[] {
  if (share < REPEATED_SHARE) return [];
  const how = sampledOneIn === 1 ? '' : `, estimated from one row in ${sampledOneIn}`;
  const reason = `${(share * 100).toFixed(1)} % of the rows repeat another one in every column${how}.`;
  return [{ code: 'REPEATED_ROWS', column: '', grave: share > REPEATED_GRAVE, reason }];
}

function ofTimes({ timeGaps }: Omit<Profile, 'suspicions'>): ProfileSuspicion[] {
  return timeGaps.map(({ column, from, to, empty, unitMs }) => {
    const until = (ms: number) => new Date(ms).toISOString();
    const reason = `${column} has no row from ${until(from)} to ${until(to)}, the longest of ${empty} empty units of ${unitMs / 1_000} s.`;
    return { code: 'TIME_GAP', column, grave: false, reason };
  });
}
