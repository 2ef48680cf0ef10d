import { DataError } from '../data-error';

/**
 * What a field of a record is as a column:
 * - `timestamp-millis`, `timestamp-micros`: also their `local-` kin; `date`: days
 * - `nested`: arrays, maps, records and unions of more than one type beside null
 */
export type FieldType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'enum'
  | 'bytes'
  | 'timestamp-millis'
  | 'timestamp-micros'
  | 'date'
  | 'nested';

export interface TabularField {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** A record may leave the field out: it has a default, or may be null. */
  readonly optional: boolean;
  /** Of an enum. */
  readonly symbols?: readonly string[];
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/**
 * The fields of a record's Avro schema as columns, in order. The schema is one that a parser has accepted (this is no
 * check of a schema); references to named types are followed.
 *
 * @throws DataError DATA_SCHEMA_UNUSABLE when it is no JSON or no record.
 */
export function tabularFields(schema: string): TabularField[] {
  const root = parse(schema);
  if (!isObject(root) || root.type !== 'record' || !Array.isArray(root.fields)) {
    throw new DataError(
      'DATA_SCHEMA_UNUSABLE',
      'The schema is no Avro record: rows need a record with one field per column.',
    );
  }
  const named = new Map<string, JsonObject>();
  collectNamed(root, '', named);
  const namespace = namespaceOf(root, '');
  return root.fields.map((field) => tabularField(field as JsonObject, namespace, named));
}

function tabularField(field: JsonObject, namespace: string, named: ReadonlyMap<string, JsonObject>): TabularField {
  const branches = Array.isArray(field.type) ? (field.type as readonly Json[]) : [field.type as Json];
  const values = branches.filter((branch) => branch !== 'null');
  const nullable = values.length < branches.length;
  const column = values.length === 1 ? columnType(values[0] as Json, namespace, named) : { type: 'nested' as const };
  return { name: String(field.name), nullable, optional: nullable || 'default' in field, ...column };
}

function columnType(
  type: Json,
  namespace: string,
  named: ReadonlyMap<string, JsonObject>,
): Pick<TabularField, 'type' | 'symbols'> {
  if (typeof type === 'string') {
    const definition = named.get(type) ?? named.get(`${namespace}.${type}`);
    return definition ? columnType(definition, namespace, named) : { type: primitive(type, undefined) };
  }
  if (!isObject(type)) return { type: 'nested' };
  if (type.type === 'enum') return { type: 'enum', symbols: (type.symbols as readonly string[] | undefined) ?? [] };
  if (type.type === 'fixed') return { type: 'bytes' };
  if (typeof type.type === 'string') return { type: primitive(type.type, type.logicalType) };
  return isObject(type.type ?? null) ? columnType(type.type as Json, namespace, named) : { type: 'nested' };
}

function primitive(type: string, logicalType: Json | undefined): FieldType {
  if (type === 'long' && (logicalType === 'timestamp-millis' || logicalType === 'local-timestamp-millis'))
    return 'timestamp-millis';
  if (type === 'long' && (logicalType === 'timestamp-micros' || logicalType === 'local-timestamp-micros'))
    return 'timestamp-micros';
  if (type === 'int' && logicalType === 'date') return 'date';
  return SIMPLE.has(type) ? (type as FieldType) : 'nested';
}

const SIMPLE: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes']);

function collectNamed(node: Json, namespace: string, named: Map<string, JsonObject>): void {
  if (Array.isArray(node)) {
    for (const branch of node) collectNamed(branch, namespace, named);
    return;
  }
  if (!isObject(node)) return;
  const isNamed = typeof node.name === 'string' && isNamedKind(node.type ?? null);
  const inner = isNamed ? namespaceOf(node, namespace) : namespace;
  if (isNamed) {
    const name = String(node.name);
    const simple = name.slice(name.lastIndexOf('.') + 1);
    named.set(inner === '' ? simple : `${inner}.${simple}`, node);
  }
  for (const child of [node.type, node.items, node.values]) if (child !== undefined) collectNamed(child, inner, named);
  if (Array.isArray(node.fields)) for (const field of node.fields) collectNamed(field, inner, named);
}

const isNamedKind = (type: Json): boolean =>
  type === 'record' || type === 'error' || type === 'enum' || type === 'fixed';

function namespaceOf(node: JsonObject, enclosing: string): string {
  const name = String(node.name);
  if (name.includes('.')) return name.slice(0, name.lastIndexOf('.'));
  return typeof node.namespace === 'string' ? node.namespace : enclosing;
}

function parse(schema: string): Json {
  try {
    return JSON.parse(schema) as Json;
  } catch (cause) {
    throw new DataError('DATA_SCHEMA_UNUSABLE', `The schema is no JSON: ${(cause as Error).message}.`, {}, cause);
  }
}

function isObject(node: Json | undefined): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
