import { checkDefault } from './check-default';
import { SchemaError, type SchemaErrorCode } from './schema-error';
import {
  type AvroEnum,
  type AvroField,
  type AvroFixed,
  type AvroNamed,
  type AvroNode,
  type AvroPrimitive,
  type AvroProps,
  type AvroRecord,
  type AvroSchema,
  isNamed,
  type JsonValue,
  namespaceOf,
  type PrimitiveKind,
} from './schema-model';
import { schemaText } from './schema-text';

/**
 * What a schema may cost at most. A schema is foreign input like any record: 64 KiB of nested types can keep a parser,
 * a code generator or a compatibility check busy for minutes ("schema bomb").
 */
export interface SchemaLimits {
  /** UTF-8 bytes of the JSON text. */
  readonly bytes: number;
  /** Nesting of types, counted through references by name; a reference back to an open type counts nothing. */
  readonly depth: number;
  /** Fields of all records together. */
  readonly fields: number;
  /** Symbols of all enums together. */
  readonly symbols: number;
  /** Branches of all unions together. */
  readonly branches: number;
}

export const SCHEMA_LIMITS: SchemaLimits = { bytes: 65_536, depth: 16, fields: 512, symbols: 1_024, branches: 1_024 };

/** Nesting of brackets in the JSON text: a type takes at most three levels, a default or a property some more. */
const JSON_DEPTH = 96;
const FIXED_SIZE_MAX = 1_048_576;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Parses an Avro schema (specification 1.11 and 1.12, "Schema Declaration") within `limits`.
 *
 * Stricter than the specification in three points, each for a reason:
 * - a union's default must fit its first branch (the rule up to 1.11, which most clients still apply);
 * - names that JavaScript objects bring along (`constructor`, `toString`, `__proto__` ...) are refused;
 * - a `fixed` is at most 1 MiB.
 *
 * @param source JSON text, or the JSON value itself.
 * @throws SchemaError with a code of `SchemaErrorCode`; never anything else.
 */
export function parseSchema(source: string | object, limits: SchemaLimits = SCHEMA_LIMITS): AvroSchema {
  const text = typeof source === 'string' ? source : stringify(source);
  const size = Buffer.byteLength(text);
  if (size > limits.bytes) {
    throw new SchemaError(
      'AVRO_SCHEMA_TOO_LARGE',
      `The schema has ${size} bytes; at most ${limits.bytes} are allowed.`,
    );
  }
  refuseDeepJson(text);
  const root = new SchemaParser(limits).parse(readJson(text));
  return { root, text: schemaText(root) };
}

function stringify(source: object): string {
  try {
    return JSON.stringify(source);
  } catch (cause) {
    throw new SchemaError('AVRO_SCHEMA_NOT_JSON', `The schema cannot be written as JSON: ${(cause as Error).message}`);
  }
}

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new SchemaError('AVRO_SCHEMA_NOT_JSON', `The schema is not JSON: ${(cause as Error).message}`);
  }
}

/** Counts brackets before JSON.parse sees the text, so that no later step can run out of stack. */
function refuseDeepJson(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) {
      if (++depth > JSON_DEPTH) {
        throw new SchemaError('AVRO_SCHEMA_TOO_DEEP', `The schema's JSON is nested deeper than ${JSON_DEPTH} levels.`);
      }
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
}

type JsonObject = { readonly [key: string]: JsonValue };
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const NO_PROPS: AvroProps = new Map();

const RESERVED = {
  schema: ['type', 'name', 'namespace', 'aliases', 'doc'],
  record: ['fields'],
  enum: ['symbols', 'default'],
  fixed: ['size'],
  array: ['items'],
  map: ['values'],
  field: ['name', 'type', 'doc', 'default', 'order', 'aliases'],
} as const;

class SchemaParser {
  private readonly named = new Map<string, AvroNamed>();
  /** Named types whose definition is still open: a reference to one is recursion. */
  private readonly open = new Set<AvroNode>();
  /** Nesting inside a closed named type, so that a reference by name counts as much as its definition. */
  private readonly heights = new Map<AvroNode, number>();
  /** Defaults are checked at the end, when every named type is complete. */
  private readonly defaults: { node: AvroNode; value: JsonValue; path: string }[] = [];
  private fields = 0;
  private symbols = 0;
  private branches = 0;

  constructor(private readonly limits: SchemaLimits) {}

  parse(json: JsonValue): AvroNode {
    const root = this.node(json, '', 1, '').node;
    for (const { node, value, path } of this.defaults) {
      const problem = checkDefault(node, value, path);
      if (problem) throw invalid(problem);
    }
    return root;
  }

  /** `height` of the answer: nesting of the node, 1 for a primitive. */
  private node(json: JsonValue, namespace: string, depth: number, path: string): { node: AvroNode; height: number } {
    this.checkDepth(depth);
    if (typeof json === 'string') return this.reference(json, namespace, depth, path);
    if (Array.isArray(json)) return this.union(json, namespace, depth, path);
    if (!isObject(json)) throw invalid(`${at(path)} is ${show(json)}, but a type is a name, an object or an array`);
    const type = json.type;
    if (typeof type !== 'string') {
      // {"type": {...}} and {"type": [...]} are allowed in place of the inner schema (Java reads them, too).
      if (type !== undefined && (Array.isArray(type) || isObject(type))) return this.node(type, namespace, depth, path);
      throw invalid(`${at(path)} has no attribute "type" of type string`);
    }
    switch (type) {
      case 'record':
      case 'error':
        return this.record(json, type === 'error', namespace, depth, path);
      case 'enum':
        return { node: this.enumeration(json, namespace, path), height: 1 };
      case 'fixed':
        return { node: this.fixed(json, namespace, path), height: 1 };
      case 'array':
      case 'map':
        return this.container(json, type, namespace, depth, path);
      default:
        if (!PRIMITIVES.has(type)) return this.reference(type, namespace, depth, path);
        return { node: { kind: type as PrimitiveKind, props: propsOf(json, RESERVED.schema) }, height: 1 };
    }
  }

  private reference(name: string, namespace: string, depth: number, path: string): { node: AvroNode; height: number } {
    if (PRIMITIVES.has(name)) return { node: primitive(name as PrimitiveKind), height: 1 };
    const found =
      (name.includes('.') || namespace === '' ? undefined : this.named.get(`${namespace}.${name}`)) ??
      this.named.get(name.startsWith('.') ? name.slice(1) : name);
    if (!found) throw invalid(`${at(path)} names the type ${show(name)}, which is not defined before it`);
    const height = this.open.has(found) ? 1 : (this.heights.get(found) ?? 1);
    this.checkDepth(depth + height - 1);
    return { node: found, height };
  }

  private union(
    json: readonly JsonValue[],
    namespace: string,
    depth: number,
    path: string,
  ): { node: AvroNode; height: number } {
    this.branches = this.count(this.branches + json.length, 'branches', 'AVRO_SCHEMA_TOO_MANY_BRANCHES');
    const seen = new Set<string>();
    let height = 0;
    const branches = json.map((branch, index) => {
      const parsed = this.node(branch, namespace, depth + 1, `${path}/${index}`);
      if (parsed.node.kind === 'union') throw invalid(`${at(path)} is a union directly inside a union`);
      const label = isNamed(parsed.node) ? parsed.node.name : parsed.node.kind;
      if (seen.has(label)) throw invalid(`${at(path)} is a union that has ${label} twice`);
      seen.add(label);
      height = Math.max(height, parsed.height);
      return parsed.node;
    });
    return { node: { kind: 'union', branches }, height: height + 1 };
  }

  private container(
    json: JsonObject,
    kind: 'array' | 'map',
    namespace: string,
    depth: number,
    path: string,
  ): { node: AvroNode; height: number } {
    const attribute = kind === 'array' ? 'items' : 'values';
    const inner = json[attribute];
    if (inner === undefined) throw invalid(`${at(path)} is a ${kind} without "${attribute}"`);
    const { node, height } = this.node(inner, namespace, depth + 1, `${path}/${attribute}`);
    const props = propsOf(json, [...RESERVED.schema, ...RESERVED[kind]]);
    return {
      node: kind === 'array' ? { kind, items: node, props } : { kind, values: node, props },
      height: height + 1,
    };
  }

  private record(
    json: JsonObject,
    isError: boolean,
    namespace: string,
    depth: number,
    path: string,
  ): { node: AvroNode; height: number } {
    const { name, aliases, doc } = this.header(json, namespace, path);
    const fields: AvroField[] = [];
    const record: Mutable<AvroRecord> = {
      kind: 'record',
      isError,
      name,
      aliases,
      ...doc,
      fields,
      props: propsOf(json, [...RESERVED.schema, ...RESERVED.record]),
    };
    this.define(record, path);
    if (!Array.isArray(json.fields)) throw invalid(`record ${name} has no array "fields"`);
    this.fields = this.count(this.fields + json.fields.length, 'fields', 'AVRO_SCHEMA_TOO_MANY_FIELDS');
    this.open.add(record);
    const names = new Set<string>();
    let height = 0;
    for (const [index, field] of (json.fields as readonly JsonValue[]).entries()) {
      const parsed = this.field(field, namespaceOf(name), depth, `${path}/fields/${index}`);
      if (names.has(parsed.field.name)) throw invalid(`record ${name} has the field ${parsed.field.name} twice`);
      names.add(parsed.field.name);
      fields.push(parsed.field);
      height = Math.max(height, parsed.height);
    }
    this.open.delete(record);
    this.heights.set(record, height + 1);
    return { node: record, height: height + 1 };
  }

  private field(json: JsonValue, namespace: string, depth: number, path: string): { field: AvroField; height: number } {
    if (!isObject(json)) throw invalid(`${at(path)} is ${show(json)}, but a field is an object`);
    const name = checkedName(json.name, path);
    if (json.type === undefined) throw invalid(`field ${name} (${at(path)}) has no "type"`);
    const { node, height } = this.node(json.type, namespace, depth + 1, `${path}/type`);
    const value = own(json, 'default') ? json.default : undefined;
    if (value !== undefined) this.defaults.push({ node, value, path: `field ${name} (${at(path)})` });
    return {
      field: {
        name,
        aliases: stringList(json.aliases, `${path}/aliases`).map((alias) => checkedName(alias, `${path}/aliases`)),
        ...docOf(json, path),
        type: node,
        order: orderOf(json.order, path),
        default: value,
        props: propsOf(json, RESERVED.field),
      },
      height,
    };
  }

  private enumeration(json: JsonObject, namespace: string, path: string): AvroEnum {
    const { name, aliases, doc } = this.header(json, namespace, path);
    const symbols = stringList(json.symbols, `${path}/symbols`).map((symbol) => checkedName(symbol, `${path}/symbols`));
    if (!Array.isArray(json.symbols)) throw invalid(`enum ${name} has no array "symbols"`);
    this.symbols = this.count(this.symbols + symbols.length, 'symbols', 'AVRO_SCHEMA_TOO_MANY_SYMBOLS');
    if (symbols.length === 0) throw invalid(`enum ${name} has no symbols`);
    const twice = symbols.find((symbol, index) => symbols.indexOf(symbol) !== index);
    if (twice !== undefined) throw invalid(`enum ${name} has the symbol ${twice} twice`);
    const fallback = json.default;
    if (fallback !== undefined && (typeof fallback !== 'string' || !symbols.includes(fallback))) {
      throw invalid(`enum ${name} has the default ${show(fallback)}, which is none of its symbols`);
    }
    const node: AvroEnum = {
      kind: 'enum',
      name,
      aliases,
      ...doc,
      symbols,
      ...(typeof fallback === 'string' ? { default: fallback } : {}),
      props: propsOf(json, [...RESERVED.schema, ...RESERVED.enum]),
    };
    this.define(node, path);
    return node;
  }

  private fixed(json: JsonObject, namespace: string, path: string): AvroFixed {
    const { name, aliases, doc } = this.header(json, namespace, path);
    const size = json.size;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > FIXED_SIZE_MAX) {
      throw invalid(`fixed ${name} has the size ${show(size)}; it must be an integer from 0 to ${FIXED_SIZE_MAX}`);
    }
    const props = propsOf(json, [...RESERVED.schema, ...RESERVED.fixed]);
    const node: AvroFixed = { kind: 'fixed', name, aliases, ...doc, size, props };
    this.define(node, path);
    return node;
  }

  private header(json: JsonObject, enclosing: string, path: string) {
    const { name, namespace } = json;
    if (typeof name !== 'string') throw invalid(`${at(path)} is a named type without a "name" of type string`);
    if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
      throw invalid(`${at(path)} has the namespace ${show(namespace)}, which is not a string`);
    }
    const fullName = qualify(name, namespace ?? enclosing);
    for (const part of fullName.split('.')) checkedName(part, path);
    if (PRIMITIVES.has(fullName)) throw invalid(`${at(path)} gives the primitive name ${fullName} a new meaning`);
    const aliases = stringList(json.aliases, `${path}/aliases`).map((alias) => {
      const full = qualify(alias, namespaceOf(fullName));
      for (const part of full.split('.')) checkedName(part, `${path}/aliases`);
      return full;
    });
    return { name: fullName, aliases, doc: docOf(json, path) };
  }

  private define(node: AvroNamed, path: string): void {
    if (this.named.has(node.name)) throw invalid(`${at(path)} defines ${node.name} a second time`);
    this.named.set(node.name, node);
  }

  private checkDepth(depth: number): void {
    if (depth > this.limits.depth) {
      throw new SchemaError('AVRO_SCHEMA_TOO_DEEP', `The schema nests types deeper than ${this.limits.depth} levels.`);
    }
  }

  private count(total: number, what: 'fields' | 'symbols' | 'branches', code: SchemaErrorCode): number {
    const limit = this.limits[what];
    if (total > limit) throw new SchemaError(code, `The schema has more than ${limit} ${what}.`);
    return total;
  }
}

const primitives = new Map<PrimitiveKind, AvroPrimitive>();
function primitive(kind: PrimitiveKind): AvroPrimitive {
  let node = primitives.get(kind);
  if (!node) {
    node = { kind, props: NO_PROPS };
    primitives.set(kind, node);
  }
  return node;
}

/** Namespace rules of the specification: a dot in the name wins, then the given or enclosing namespace. */
function qualify(name: string, namespace: string): string {
  if (name.includes('.')) return name.startsWith('.') ? name.slice(1) : name;
  return namespace === '' ? name : `${namespace}.${name}`;
}

function checkedName(name: JsonValue | undefined, path: string): string {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalid(`${at(path)} has the name ${show(name)}; names match ${NAME.source}`);
  }
  if (name in Object.prototype) {
    throw new SchemaError(
      'AVRO_SCHEMA_UNSUPPORTED',
      `${at(path)} has the name ${name}, which every JavaScript object already has; choose another, for example ${name}_value.`,
    );
  }
  return name;
}

function stringList(value: JsonValue | undefined, path: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw invalid(`${at(path)} is ${show(value)}, but must be an array of strings`);
  }
  return value as readonly string[];
}

function docOf(json: JsonObject, path: string): { doc?: string } {
  if (json.doc === undefined || json.doc === null) return {};
  if (typeof json.doc !== 'string') throw invalid(`${at(path)}/doc is ${show(json.doc)}, but must be a string`);
  return { doc: json.doc };
}

function orderOf(order: JsonValue | undefined, path: string): AvroField['order'] {
  if (order === undefined) return 'ascending';
  const lower = typeof order === 'string' ? order.toLowerCase() : order;
  if (lower === 'ascending' || lower === 'descending' || lower === 'ignore') return lower;
  throw invalid(`${at(path)}/order is ${show(order)}, but must be ascending, descending or ignore`);
}

function propsOf(json: JsonObject, reserved: readonly string[]): AvroProps {
  const entries = Object.entries(json).filter(([key]) => !reserved.includes(key));
  return entries.length === 0 ? NO_PROPS : new Map(entries);
}

const own = (json: JsonObject, key: string): boolean => Object.hasOwn(json, key);
const isObject = (json: JsonValue | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
const at = (path: string): string => (path === '' ? 'the schema' : path);
const invalid = (problem: string): SchemaError =>
  new SchemaError('AVRO_SCHEMA_INVALID', `Not a valid Avro schema: ${problem}.`);

function show(value: JsonValue | undefined): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
