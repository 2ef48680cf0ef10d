import type { Schema } from './types';

export type AvroJson = string | { readonly [key: string]: unknown } | readonly AvroJson[];

/** Avro 1.11 JSON of a schema. A named type is written out where it first occurs and by name afterwards. */
export function avroOf(schema: Schema<unknown>): AvroJson {
  return convert(schema, new Set());
}

function convert(schema: Schema<unknown>, named: Set<string>): AvroJson {
  const kind = schema.kind;
  switch (kind.type) {
    case 'timestamp-millis':
      return { type: 'long', logicalType: 'timestamp-millis' };
    case 'nullable':
      return ['null', convert(kind.of, named)];
    case 'array':
      return { type: 'array', items: convert(kind.items, named) };
    case 'map':
      return { type: 'map', values: convert(kind.values, named) };
    case 'enum':
      if (named.has(kind.name)) return kind.name;
      named.add(kind.name);
      return {
        type: 'enum',
        ...splitName(kind.name),
        ...(schema.doc === undefined ? {} : { doc: schema.doc }),
        symbols: kind.symbols,
        ...(kind.fallback === undefined ? {} : { default: kind.fallback }),
      };
    case 'record':
      if (named.has(kind.name)) return kind.name;
      named.add(kind.name);
      return {
        type: 'record',
        ...splitName(kind.name),
        ...(schema.doc === undefined ? {} : { doc: schema.doc }),
        fields: Object.entries(kind.fields).map(([name, field]) => ({
          name,
          type: convert(field, named),
          ...('default' in field ? { default: field.default } : {}),
          ...(field.doc === undefined ? {} : { doc: field.doc }),
          ...field.props,
        })),
      };
    default:
      return kind.type;
  }
}

function splitName(fullName: string): { name: string; namespace?: string } {
  const dot = fullName.lastIndexOf('.');
  return dot < 0 ? { name: fullName } : { name: fullName.slice(dot + 1), namespace: fullName.slice(0, dot) };
}
