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
}

/** A partition of which retention has taken the beginning: what was made of it cannot be made again. */
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

/** What a rebuild says while it works, and at its end; a line of JSON each on standard output. */
export type RebuildLine =
  | { readonly rebuild: 'progress'; readonly step: string; readonly done: number; readonly total: number }
  /** It wants to be alone with the tables and waits from now on: who keeps the service running is to stop it, not before. */
  | { readonly rebuild: 'waiting'; readonly service: string }
  | { readonly rebuild: 'report'; readonly report: RebuildReport }
  | { readonly rebuild: 'failed'; readonly code: string; readonly message: string };
