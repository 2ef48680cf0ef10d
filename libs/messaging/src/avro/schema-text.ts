import { type AvroField, type AvroNamed, type AvroNode, type AvroProps, namespaceOf, simpleName } from './schema-model';

/**
 * A schema as `org.apache.avro.Schema#toString()` prints it: attributes in Java's order, names without what the
 * context already says, a named type in full where it first occurs and by name afterwards.
 */
export function schemaText(node: AvroNode): string {
  return write(node, '', new Set());
}

/**
 * Parsing Canonical Form (specification, "Transforming into Parsing Canonical Form"): only what decoding needs, so
 * docs, defaults, aliases, properties and order are gone. Two schemas with the same form read the same bytes.
 */
export function canonicalForm(node: AvroNode, written: Set<string> = new Set()): string {
  switch (node.kind) {
    case 'array':
      return `{"type":"array","items":${canonicalForm(node.items, written)}}`;
    case 'map':
      return `{"type":"map","values":${canonicalForm(node.values, written)}}`;
    case 'union':
      return `[${node.branches.map((branch) => canonicalForm(branch, written)).join(',')}]`;
    case 'record':
    case 'enum':
    case 'fixed': {
      if (written.has(node.name)) return quote(node.name);
      written.add(node.name);
      const body =
        node.kind === 'record'
          ? `"fields":[${node.fields.map((field) => `{"name":${quote(field.name)},"type":${canonicalForm(field.type, written)}}`).join(',')}]`
          : node.kind === 'enum'
            ? `"symbols":[${node.symbols.map(quote).join(',')}]`
            : `"size":${node.size}`;
      return `{"name":${quote(node.name)},"type":"${node.kind}",${body}}`;
    }
    default:
      return quote(node.kind);
  }
}

function write(node: AvroNode, namespace: string, written: Set<string>): string {
  switch (node.kind) {
    case 'union':
      return `[${node.branches.map((branch) => write(branch, namespace, written)).join(',')}]`;
    case 'array':
      return object([['type', '"array"'], ['items', write(node.items, namespace, written)], ...props(node.props)]);
    case 'map':
      return object([['type', '"map"'], ['values', write(node.values, namespace, written)], ...props(node.props)]);
    case 'record':
    case 'enum':
    case 'fixed':
      return named(node, namespace, written);
    default:
      return node.props.size === 0 ? quote(node.kind) : object([['type', quote(node.kind)], ...props(node.props)]);
  }
}

function named(node: AvroNamed, enclosing: string, written: Set<string>): string {
  const namespace = namespaceOf(node.name);
  if (written.has(node.name)) return quote(namespace === enclosing ? simpleName(node.name) : node.name);
  written.add(node.name);
  const type = node.kind === 'record' && node.isError ? 'error' : node.kind;
  const entries: Entry[] = [
    ['type', quote(type)],
    ['name', quote(simpleName(node.name))],
  ];
  if (namespace !== enclosing) entries.push(['namespace', quote(namespace)]);
  if (node.doc !== undefined) entries.push(['doc', quote(node.doc)]);
  if (node.kind === 'record') {
    entries.push(['fields', `[${node.fields.map((field) => writeField(field, namespace, written)).join(',')}]`]);
  } else if (node.kind === 'enum') {
    entries.push(['symbols', `[${node.symbols.map(quote).join(',')}]`]);
    if (node.default !== undefined) entries.push(['default', quote(node.default)]);
  } else entries.push(['size', String(node.size)]);
  entries.push(...props(node.props));
  if (node.aliases.length > 0) {
    const aliases = node.aliases.map((alias) => quote(namespaceOf(alias) === namespace ? simpleName(alias) : alias));
    entries.push(['aliases', `[${aliases.join(',')}]`]);
  }
  return object(entries);
}

function writeField(field: AvroField, namespace: string, written: Set<string>): string {
  const entries: Entry[] = [
    ['name', quote(field.name)],
    ['type', write(field.type, namespace, written)],
  ];
  if (field.doc !== undefined) entries.push(['doc', quote(field.doc)]);
  if (field.default !== undefined) entries.push(['default', JSON.stringify(field.default)]);
  if (field.order !== 'ascending') entries.push(['order', quote(field.order)]);
  if (field.aliases.length > 0) entries.push(['aliases', `[${field.aliases.map(quote).join(',')}]`]);
  entries.push(...props(field.props));
  return object(entries);
}

type Entry = [key: string, json: string];
const quote = (text: string): string => JSON.stringify(text);
const props = (all: AvroProps): Entry[] => [...all].map(([key, value]) => [key, JSON.stringify(value)]);
const object = (entries: readonly Entry[]): string =>
  `{${entries.map(([key, json]) => `${quote(key)}:${json}`).join(',')}}`;
