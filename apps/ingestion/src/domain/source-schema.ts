/** What a column of a record is to the rules of this service. */
export type ColumnKind = 'number' | 'time' | 'text' | 'boolean' | 'bytes' | 'nested';

export interface SourceColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Avro type, for messages. */
  readonly type: string;
  readonly nullable: boolean;
}

/** A schema as a parser understood it, or why it could not. The parser is an adapter; the rules are here. */
export type SourceSchema =
  | { readonly columns: readonly SourceColumn[]; readonly text: string }
  | { readonly problem: string };
