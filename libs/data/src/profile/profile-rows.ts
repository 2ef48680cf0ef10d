import type { DuckDb } from '../duckdb/duck-db';
import { columnsOf } from './columns';
import { findSuspicions } from './find-suspicions';
import type { Profile } from './profile';
import { profileColumns, readHead } from './profile-columns';
import { associate, correlate, countRepeated, findTimeGaps } from './relations';

/** Profiles a relation (a table, a view, a table function) in few scans and bounded memory. */
export async function profileRows(duckDb: DuckDb, relation: string, label: string | null): Promise<Profile> {
  const columns = await columnsOf(duckDb, relation);
  const head = await readHead(duckDb, relation, columns);
  const correlations = await correlate(duckDb, relation, head);
  const profile = {
    format: 'millrace-profile',
    version: 1,
    rows: head.rows,
    columns: await profileColumns(duckDb, relation, head),
    correlations,
    label,
    labelAssociations: await associate(duckDb, relation, head, label, correlations),
    repeatedRows: await countRepeated(duckDb, relation, columns, head.rows),
    timeGaps: await findTimeGaps(duckDb, relation, head),
  } as const;
  return { ...profile, suspicions: findSuspicions(profile) };
}
