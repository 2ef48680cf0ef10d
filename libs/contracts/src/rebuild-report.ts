import { AppError } from './app-error';

/**
 * What a table is, which decides how it may be written and rebuilt (docs/architecture.md, "the log is the truth"):
 * `state` is folded from the service's own facts, a `projection` from any topics, `work` is neither rebuilt nor compared.
 */
export type TableKind = 'state' | 'projection' | 'work';

export interface TableDifference {
  /** Primary key of the first row that differs, as a JSON list of its columns. */
  readonly key: string;
  /** `missing`: only the table as it was has the row; `added`: only the rebuilt one; `changed`: both, with other values. */
  readonly how: 'missing' | 'added' | 'changed';
  /** Rows that differ in all. */
  readonly rows: number;
}

/** One table before and after: `hash` is SHA-256 over its rows in the order of the primary key. */
export interface TableReport {
  readonly table: string;
  readonly kind: TableKind;
  readonly rows: number;
  readonly rowsRebuilt: number;
  readonly hash: string;
  readonly hashRebuilt: string;
  /** Null when they are equal. */
  readonly difference: TableDifference | null;
  /** Trimmed partitions that its rows may rest on, and for which nothing else says what stood there. */
  readonly lacks: readonly Trimmed[];
}

/** A partition whose beginning is gone, by retention or by hand: what was made of it cannot be made again. */
export interface Trimmed {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is still there. */
  readonly offset: number;
}

export interface RebuildReport {
  readonly service: string;
  readonly tables: readonly TableReport[];
  /** Tables that are neither rebuilt nor compared. */
  readonly work: readonly string[];
  readonly trimmed: readonly Trimmed[];
  /** Own facts that were folded; so many of them stood only in the outbox. */
  readonly facts: number;
  readonly unpublished: number;
  /** Offsets of other topics that were folded. */
  readonly folded: number;
  /** Tables whose rows were replaced by the rebuilt ones. */
  readonly swapped: readonly string[];
}

/**
 * `untold`: it is not what was rebuilt, but the log lacks something that its rows may rest on. The difference may be damage, or no
 * more than what was trimmed: the rebuilt rows are not the better ones.
 */
export type TableVerdict = 'equal' | 'differs' | 'untold';

export function verdictOn({ difference, lacks }: Pick<TableReport, 'difference' | 'lacks'>): TableVerdict {
  if (difference === null) return 'equal';
  return lacks.length > 0 ? 'untold' : 'differs';
}

/** Why a rebuild could not judge every table, and so left some as they are; null when it could. */
export function logTrimmed({ service, tables }: RebuildReport): AppError | null {
  const untold = tables.filter((one) => verdictOn(one) === 'untold');
  if (untold.length === 0) return null;
  const names = untold.map(({ table }) => table).join(', ');
  const places = [...new Set(untold.flatMap(({ lacks }) => lacks.map(begins)))];
  const more = places.length > NAMED ? ` (and ${places.length - NAMED} partitions more)` : '';
  return new AppError({
    code: 'LOG_TRIMMED',
    message:
      `The log no longer has its beginning: ${places.slice(0, NAMED).join(', ')}${more}. Rows of ${names} may rest on what stood before, so ` +
      'nobody can tell whether they are damaged, and they are not swapped: the rebuilt rows would lack what was trimmed. ' +
      `Keep the tables as they are; if you know them to be damaged, restore the database of ${service} from a backup, or the topic from a copy of it and rebuild again.`,
    retriable: false,
    context: { service, tables: names, places },
  });
}

/** A topic has many partitions, and a message few readers. */
const NAMED = 4;
const begins = ({ topic, partition, offset }: Trimmed): string => `${topic}/${partition} begins at offset ${offset}`;

/** What a rebuild says while it works, and at its end; a line of JSON each on standard output. */
export type RebuildLine =
  | { readonly rebuild: 'progress'; readonly step: string; readonly done: number; readonly total: number }
  /** It wants to be alone with the tables and waits from now on: who keeps the service running is to stop it, not before. */
  | { readonly rebuild: 'waiting'; readonly service: string }
  | { readonly rebuild: 'report'; readonly report: RebuildReport }
  | { readonly rebuild: 'failed'; readonly code: string; readonly message: string };
