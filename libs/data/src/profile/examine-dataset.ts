import { stat } from 'node:fs/promises';
import type { Expectation } from '@millrace/contracts';
import { DataError } from '../data-error';
import { DuckDb } from '../duckdb/duck-db';
import { literal } from '../duckdb/sql-text';
import { type CellCounts, type CellsAsked, countCells } from './count-cells';
import { type DataPart, type Measure, measureExpectations } from './measure-expectations';
import type { Profile } from './profile';
import { profileRows } from './profile-rows';

export interface ExamineOptions {
  /** The Parquet files of the data set, of equal columns. */
  readonly parts: readonly DataPart[];
  /** Column that is to be predicted, where one is known. */
  readonly label: string | null;
  readonly expectations: readonly Expectation[];
  /** Distributions of other data that the rows are counted against; none by default. */
  readonly cells?: readonly CellsAsked[];
  /** A folder for what does not fit into memory; the caller removes it. */
  readonly folder: string;
  /** Most memory of DuckDB's buffers, MiB; 256 by default. */
  readonly memoryMb?: number;
}

export interface Examination {
  readonly profile: Profile;
  /** One for each expectation about rows or unique values whose column exists. */
  readonly measures: readonly Measure[];
  /** One for each of `cells` whose column exists and is of the right kind. */
  readonly cells: readonly CellCounts[];
}

/**
 * Profiles a data set and measures what is expected of it. The same files and options give the same answer.
 * Runs one thread for seconds to minutes: call it in a child process.
 *
 * @throws DataError DATA_FILE_NOT_FOUND, DATA_FILE_UNREADABLE
 */
export async function examineDataset(options: ExamineOptions): Promise<Examination> {
  const { parts, label, expectations, cells = [], folder, memoryMb } = options;
  for (const { path } of parts)
    if (!(await stat(path).catch(() => null))) throw new DataError('DATA_FILE_NOT_FOUND', `There is no file ${path}.`);
  const duckDb = await DuckDb.open({ memoryMb, tempFolder: folder });
  try {
    const paths = parts.map(({ path }) => path);
    await duckDb.confine(paths, folder);
    await duckDb.execute(`CREATE VIEW data AS SELECT * FROM read_parquet([${paths.map(literal).join(', ')}])`);
    const profile = await profileRows(duckDb, 'data', label);
    const measures = await measureExpectations(duckDb, 'data', parts, expectations);
    return { profile, measures, cells: await countCells(duckDb, 'data', cells) };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const reason = (cause as Error).message.split('\n')[0];
    throw new DataError('DATA_FILE_UNREADABLE', `The data set cannot be profiled: ${reason}`, {}, cause);
  } finally {
    duckDb.close();
  }
}
