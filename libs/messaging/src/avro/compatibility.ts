import {
  type AvroEnum,
  type AvroField,
  type AvroNode,
  type AvroRecord,
  type AvroSchema,
  simpleName,
} from './schema-model';

/** Names of Avro's Java library (`SchemaCompatibility.SchemaIncompatibilityType`), and one of our own, the last. */
export type DifferenceType =
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH'
  | 'AMBIGUOUS_FIELD_ALIAS';

/** One reason why a reader cannot read what a writer writes. */
export interface Difference {
  readonly type: DifferenceType;
  /** JSON pointer into the reader's schema, as Java prints it: `/fields/1/type`. */
  readonly path: string;
  /** The particulars: a field name, the missing symbols, the two types. */
  readonly message: string;
}

/**
 * Whether data written with `writer` can be read with `reader` (specification, "Schema Resolution"), as Avro's Java
 * library decides it: named types match by simple name or by alias, promotions int -> long -> float -> double and
 * string <-> bytes, an enum's default stands for unknown symbols, every branch of a writer's union must be readable.
 *
 * @returns every difference found, none when compatible.
 */
export function checkCompatibility(reader: AvroSchema, writer: AvroSchema): readonly Difference[] {
  return new CompatibilityChecker().check(reader.root, writer.root, '');
}

/** A difference in the words of Confluent's registry; `reader` and `writer` say which schema is which ("new", "old"). */
export function describe({ type, path, message }: Difference, reader: string, writer: string): string {
  return `{errorType:'${type}', description:'${sentence(type, path, message, reader, writer)}', additionalInfo:'${message}'}`;
}

function sentence(type: DifferenceType, path: string, message: string, reader: string, writer: string): string {
  switch (type) {
    case 'FIXED_SIZE_MISMATCH':
      return `The size of FIXED type field at path '${path}' in the ${reader} schema does not match with the ${writer} schema`;
    case 'TYPE_MISMATCH':
      return `The type (path '${path}') of a field in the ${reader} schema does not match with the ${writer} schema`;
    case 'NAME_MISMATCH':
      return `The name of the schema has changed (path '${path}')`;
    case 'MISSING_ENUM_SYMBOLS':
      return `The ${reader} schema is missing enum symbols '${message}' at path '${path}' in the ${writer} schema`;
    case 'MISSING_UNION_BRANCH':
      return `The ${reader} schema is missing a type inside a union field at path '${path}' in the ${writer} schema`;
    case 'READER_FIELD_MISSING_DEFAULT_VALUE':
      return `The field '${message}' at path '${path}' in the ${reader} schema has no default value and is missing in the ${writer} schema`;
    case 'AMBIGUOUS_FIELD_ALIAS':
      return `The field at path '${path}' in the ${reader} schema matches several fields of the ${writer} schema by its aliases`;
  }
}

const NONE: readonly Difference[] = [];
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
};

class CompatibilityChecker {
  /** A pair under way counts as compatible: a recursive schema is refused for what its fields say, once. */
  private readonly known = new Map<AvroNode, Map<AvroNode, readonly Difference[]>>();

  check(reader: AvroNode, writer: AvroNode, path: string): readonly Difference[] {
    let ofReader = this.known.get(reader);
    if (!ofReader) {
      ofReader = new Map();
      this.known.set(reader, ofReader);
    }
    const known = ofReader.get(writer);
    if (known) return known;
    ofReader.set(writer, NONE);
    const differences = this.compare(reader, writer, path);
    ofReader.set(writer, differences);
    return differences;
  }

  private compare(reader: AvroNode, writer: AvroNode, path: string): readonly Difference[] {
    if (writer.kind === 'union') {
      if (reader.kind !== 'union') {
        return writer.branches.flatMap((branch, index) => this.check(reader, branch, `${path}/${index}`));
      }
      return writer.branches.flatMap((branch, index) =>
        this.check(reader, branch, '').length === 0 ? NONE : missingBranch(branch, `${path}/${index}`),
      );
    }
    if (reader.kind === 'union') {
      return reader.branches.some((branch) => this.check(branch, writer, '').length === 0)
        ? NONE
        : missingBranch(writer, path || '/');
    }
    if (reader.kind === 'array' && writer.kind === 'array')
      return this.check(reader.items, writer.items, `${path}/items`);
    if (reader.kind === 'map' && writer.kind === 'map')
      return this.check(reader.values, writer.values, `${path}/values`);
    if (reader.kind === 'record' && writer.kind === 'record') {
      return [...compareNames(reader, writer, path), ...this.compareFields(reader, writer, path)];
    }
    if (reader.kind === 'enum' && writer.kind === 'enum') {
      return [...compareNames(reader, writer, path), ...compareSymbols(reader, writer, path)];
    }
    if (reader.kind === 'fixed' && writer.kind === 'fixed') {
      const size: Difference = {
        type: 'FIXED_SIZE_MISMATCH',
        path: `${path}/size`,
        message: `expected: ${writer.size}, found: ${reader.size}`,
      };
      return [...compareNames(reader, writer, path), ...(reader.size === writer.size ? NONE : [size])];
    }
    if (reader.kind === writer.kind || PROMOTIONS[reader.kind]?.includes(writer.kind)) return NONE;
    const message = `reader type: ${javaType(reader)} not compatible with writer type: ${javaType(writer)}`;
    return [{ type: 'TYPE_MISMATCH', path: path || '/', message }];
  }

  private compareFields(reader: AvroRecord, writer: AvroRecord, path: string): readonly Difference[] {
    return reader.fields.flatMap((field, index): readonly Difference[] => {
      const at = `${path}/fields/${index}`;
      const [match, second] = writerFields(field, writer);
      if (second) return [{ type: 'AMBIGUOUS_FIELD_ALIAS', path: at, message: field.name }];
      if (match) return this.check(field.type, match.type, `${at}/type`);
      if (field.default !== undefined) return NONE;
      return [{ type: 'READER_FIELD_MISSING_DEFAULT_VALUE', path: at, message: field.name }];
    });
  }
}

function writerFields(field: AvroField, writer: AvroRecord): AvroField[] {
  const names = new Set([field.name, ...field.aliases]);
  return writer.fields.filter((candidate) => names.has(candidate.name));
}

function compareNames(
  reader: { readonly name: string; readonly aliases: readonly string[] },
  writer: { readonly name: string },
  path: string,
): readonly Difference[] {
  const same = simpleName(reader.name) === simpleName(writer.name) || reader.aliases.includes(writer.name);
  return same ? NONE : [{ type: 'NAME_MISMATCH', path: `${path}/name`, message: `expected: ${writer.name}` }];
}

function compareSymbols(reader: AvroEnum, writer: AvroEnum, path: string): readonly Difference[] {
  if (reader.default !== undefined) return NONE;
  const known = new Set(reader.symbols);
  const missing = writer.symbols.filter((symbol) => !known.has(symbol)).sort();
  if (missing.length === 0) return NONE;
  return [{ type: 'MISSING_ENUM_SYMBOLS', path: `${path}/symbols`, message: `[${missing.join(', ')}]` }];
}

const missingBranch = (writer: AvroNode, path: string): readonly Difference[] => [
  { type: 'MISSING_UNION_BRANCH', path, message: `reader union lacking writer type: ${javaType(writer)}` },
];

const javaType = (node: AvroNode): string => node.kind.toUpperCase();
