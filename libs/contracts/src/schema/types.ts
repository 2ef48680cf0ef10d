/**
 * A small schema language: an Avro schema and its TypeScript type written once (`Infer<typeof X>` is the type).
 *
 * Every function returns a `Schema<T>`; `avroOf` turns it into Avro 1.11 JSON. Field docs end up in the Avro `doc`
 * attributes, so that classes generated for Java and Python read well.
 */
export interface Schema<T> {
  readonly kind: SchemaKind;
  readonly doc?: string;
  /** Present when the field has a default: the JSON value Avro puts in the schema. */
  readonly default?: unknown;
  /** Attributes of the field beyond those of Avro, kept in the schema. */
  readonly props?: Readonly<Record<string, string | number | boolean>>;
  /** Only for the type checker; never set. */
  readonly infer?: T;
}

export type SchemaKind =
  | { readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' | 'bytes' }
  | { readonly type: 'timestamp-millis' }
  | { readonly type: 'nullable'; readonly of: Schema<unknown> }
  | { readonly type: 'array'; readonly items: Schema<unknown> }
  | { readonly type: 'map'; readonly values: Schema<unknown> }
  | { readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[]; readonly fallback?: string }
  | { readonly type: 'record'; readonly name: string; readonly fields: Fields };

// biome-ignore lint/suspicious/noExplicitAny: a record may hold any field type; `unknown` would break inference.
export type Fields = Readonly<Record<string, Schema<any>>>;

export type Infer<S> = S extends Schema<infer T> ? T : never;

export type InferFields<F extends Fields> = { [K in keyof F]: Infer<F[K]> };

/** A named record: the unit that travels on a topic or is nested in one. */
export interface RecordSchema<T> extends Schema<T> {
  readonly kind: { readonly type: 'record'; readonly name: string; readonly fields: Fields };
  readonly fullName: string;
}

/** A record schema whose type does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: RecordSchema is invariant; `unknown` would accept none.
export type AnyRecordSchema = RecordSchema<any>;
