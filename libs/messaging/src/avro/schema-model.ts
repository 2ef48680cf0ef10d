/** Any JSON value, as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Attributes that the specification gives no meaning to (`logicalType`, `precision`, a tool's own marks), in the order written. */
export type AvroProps = ReadonlyMap<string, JsonValue>;

export type PrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface AvroPrimitive {
  readonly kind: PrimitiveKind;
  readonly props: AvroProps;
}

export interface AvroRecord {
  readonly kind: 'record';
  /** `error` instead of `record` in the schema; the same on the wire. */
  readonly isError: boolean;
  /** Full name, with its namespace. */
  readonly name: string;
  /** Full names. */
  readonly aliases: readonly string[];
  readonly doc?: string;
  readonly fields: readonly AvroField[];
  readonly props: AvroProps;
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc?: string;
  readonly type: AvroNode;
  readonly order: 'ascending' | 'descending' | 'ignore';
  /** `undefined` = no default; `null` is a default. */
  readonly default: JsonValue | undefined;
  readonly props: AvroProps;
}

export interface AvroEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc?: string;
  readonly symbols: readonly string[];
  /** What a reader sees for a symbol that it does not know. */
  readonly default?: string;
  readonly props: AvroProps;
}

export interface AvroFixed {
  readonly kind: 'fixed';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc?: string;
  /** Bytes. */
  readonly size: number;
  readonly props: AvroProps;
}

export interface AvroArray {
  readonly kind: 'array';
  readonly items: AvroNode;
  readonly props: AvroProps;
}

export interface AvroMap {
  readonly kind: 'map';
  readonly values: AvroNode;
  readonly props: AvroProps;
}

export interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly AvroNode[];
}

export type AvroNamed = AvroRecord | AvroEnum | AvroFixed;

/** A parsed schema as a graph: a reference by name is the very node that it names, so recursive schemas are cyclic. */
export type AvroNode = AvroPrimitive | AvroNamed | AvroArray | AvroMap | AvroUnion;

/**
 * A schema that `parseSchema` accepted: within the limits, names resolved, defaults checked.
 * Two schemas with the same `text` are the same schema for a registry.
 */
export interface AvroSchema {
  readonly root: AvroNode;
  /**
   * The schema as Avro's Java library prints it (attribute order fixed, no white space, docs, defaults, aliases and
   * properties kept). Registries compare and hand out this form.
   */
  readonly text: string;
}

export const isNamed = (node: AvroNode): node is AvroNamed =>
  node.kind === 'record' || node.kind === 'enum' || node.kind === 'fixed';

/** `com.acme.Order` -> `Order`. */
export const simpleName = (fullName: string): string => fullName.slice(fullName.lastIndexOf('.') + 1);

/** `com.acme.Order` -> `com.acme`; a name without a namespace -> ''. */
export const namespaceOf = (fullName: string): string => fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));

/** The logical type of a node, `undefined` where there is none. */
export function logicalTypeOf(node: AvroNode): string | undefined {
  if (node.kind === 'union') return undefined;
  const value = node.props.get('logicalType');
  return typeof value === 'string' ? value : undefined;
}
