import { Type, types } from 'avsc';
import { SchemaError } from './schema-error';
import { type AvroNode, type AvroSchema, type JsonValue, logicalTypeOf } from './schema-model';

/**
 * The only file that knows avsc (5.7.9, version pinned exactly). It hands avsc a schema that `parseSchema` has
 * checked, with every name written in full, and replaces the four of its types that are unsafe with foreign or
 * careless values:
 *
 * - map: `value[key] = ...` on a plain object lets the key `__proto__` replace the prototype of the decoded object
 * - enum: symbols are looked up in a plain object, so the value `toString` counts as a symbol and is written as garbage
 * - string: a lone surrogate is written as three bytes that are no UTF-8
 * - union: `[null, T]` becomes `T | null`, every other union becomes `{ [branch]: value }` or null (Avro's JSON
 *   encoding); avsc's own choice depends on whether the branches happen to look alike in JavaScript
 */
export function avscType(schema: AvroSchema): Type {
  try {
    return Type.forSchema(toAvsc(schema.root, new Set()) as never, {
      registry: Object.create(null),
      omitRecordMethods: true,
      typeHook: safeType as never,
    });
  } catch (cause) {
    throw new SchemaError(
      'AVRO_SCHEMA_UNSUPPORTED',
      `The schema is valid Avro, but cannot be read here: ${(cause as Error).message}.`,
    );
  }
}

/** Logical types whose plain representation would mislead: a decimal is not its unscaled bytes. */
const REFUSED_LOGICAL_TYPES: ReadonlySet<string> = new Set(['decimal', 'big-decimal', 'duration']);

/** The first logical type in a schema that is refused as a reader's, with the path to it. */
export function refusedLogicalType(schema: AvroSchema): { logicalType: string; path: string } | undefined {
  const seen = new Set<AvroNode>();
  const visit = (node: AvroNode, path: string): { logicalType: string; path: string } | undefined => {
    if (seen.has(node)) return undefined;
    seen.add(node);
    const logicalType = logicalTypeOf(node);
    if (logicalType && REFUSED_LOGICAL_TYPES.has(logicalType) && (node.kind === 'bytes' || node.kind === 'fixed')) {
      return { logicalType, path: path || '/' };
    }
    for (const [name, child] of children(node)) {
      const found = visit(child, `${path}/${name}`);
      if (found) return found;
    }
    return undefined;
  };
  return visit(schema.root, '');
}

function children(node: AvroNode): [string, AvroNode][] {
  switch (node.kind) {
    case 'record':
      return node.fields.map((field) => [field.name, field.type]);
    case 'union':
      return node.branches.map((branch, index) => [String(index), branch]);
    case 'array':
      return [['items', node.items]];
    case 'map':
      return [['values', node.values]];
    default:
      return [];
  }
}

type Json = JsonValue | undefined | { readonly [key: string]: Json } | readonly Json[];

/** avsc reads a name that begins with a dot as one without a namespace, wherever it stands. */
const fullName = (name: string): string => (name.includes('.') ? name : `.${name}`);

function toAvsc(node: AvroNode, written: Set<AvroNode>): Json {
  switch (node.kind) {
    case 'union':
      return node.branches.map((branch) => toAvsc(branch, written));
    case 'array':
      return { type: 'array', items: toAvsc(node.items, written) };
    case 'map':
      return { type: 'map', values: toAvsc(node.values, written) };
    case 'record':
    case 'enum':
    case 'fixed': {
      if (written.has(node)) return fullName(node.name);
      written.add(node);
      const header = { type: node.kind, name: node.name, namespace: '', aliases: node.aliases.map(fullName) };
      if (node.kind === 'fixed') return { ...header, size: node.size };
      if (node.kind === 'enum') return { ...header, symbols: node.symbols, default: node.default };
      return {
        ...header,
        fields: node.fields.map((field) => ({
          name: field.name,
          aliases: field.aliases,
          type: toAvsc(field.type, written),
          default: field.default,
        })),
      };
    }
    default:
      return node.kind;
  }
}

type TypeOptions = ConstructorParameters<typeof types.MapType>[1];

function safeType(schema: Json, options: TypeOptions): Type | undefined {
  if (schema === 'string') return SAFE_STRING;
  if (Array.isArray(schema)) {
    const nullable = schema.length === 2 && schema.includes('null');
    return nullable
      ? new types.UnwrappedUnionType(schema as never, options)
      : new types.WrappedUnionType(schema as never, options);
  }
  const kind = (schema as { type?: unknown }).type;
  if (kind === 'map') return new SafeMapType(schema as never, options);
  if (kind === 'enum') return new SafeEnumType(schema as never, options);
  return undefined;
}

/** avsc's cursor over bytes (its lib/utils.js). */
interface Tap {
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

interface Readable {
  _read(tap: Tap): unknown;
}

class SafeMapType extends types.MapType {
  /** `this` is the type, or the resolver that avsc gives the same method to; both have `valuesType`. */
  _read(this: { valuesType: Readable }, tap: Tap): unknown {
    const map: Record<string, unknown> = Object.create(null);
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        count = -count;
        tap.skipLong();
      }
      while (count-- > 0) {
        const key = tap.readString();
        map[key] = this.valuesType._read(tap);
      }
    }
    return map;
  }
}

interface EnumInternals {
  _check(value: unknown, flags?: unknown, hook?: (value: unknown, type: Type) => void): boolean;
  _write(tap: Tap, value: unknown): void;
}
const enumInternals = types.EnumType.prototype as unknown as EnumInternals;

class SafeEnumType extends types.EnumType {
  _check(value: unknown, flags?: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    if (typeof value === 'string' && !(value in Object.prototype))
      return enumInternals._check.call(this, value, flags, hook);
    hook?.(value, this);
    return false;
  }

  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string' || value in Object.prototype)
      throw new Error(`${JSON.stringify(value)} is no symbol`);
    enumInternals._write.call(this, tap, value);
  }
}

interface StringInternals {
  _write(tap: Tap, value: unknown): void;
}
const stringInternals = types.StringType.prototype as unknown as StringInternals;

/** In every JavaScript engine of Node 20; TypeScript lists it from ES2024. */
type WellFormed = string & { isWellFormed(): boolean };

class SafeStringType extends types.StringType {
  _check(value: unknown, _flags?: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    const valid = typeof value === 'string' && (value as WellFormed).isWellFormed();
    if (!valid) hook?.(value, this);
    return valid;
  }

  _write(tap: Tap, value: unknown): void {
    if (typeof value === 'string' && !(value as WellFormed).isWellFormed()) {
      throw new Error('a string has half of a surrogate pair');
    }
    stringInternals._write.call(this, tap, value);
  }
}

const SAFE_STRING = new SafeStringType();
