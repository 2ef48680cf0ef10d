import { type AvroNode, isNamed, type JsonValue } from './schema-model';

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;
/** Defaults of recursive records may nest as deep as their JSON; real ones are shallow. */
const DEPTH_MAX = 32;

/**
 * Whether a field default fits its type (specification, "Complex Types", table of default values).
 * Answers a sentence that says what is wrong, or `undefined`.
 */
export function checkDefault(node: AvroNode, value: JsonValue, path: string, depth = 0): string | undefined {
  if (depth > DEPTH_MAX) return `the default of ${path} nests deeper than ${DEPTH_MAX} levels`;
  const wrong = (expected: string) =>
    `the default of ${path} is ${JSON.stringify(value).slice(0, 80)}, but ${expected} is expected`;
  switch (node.kind) {
    case 'null':
      return value === null ? undefined : wrong('null');
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong('a boolean');
    case 'int':
      return isInteger(value) && value >= INT_MIN && value <= INT_MAX ? undefined : wrong('a 32-bit integer');
    case 'long':
      return isInteger(value) ? undefined : wrong('an integer within ±2^53');
    case 'float':
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : wrong('a finite number');
    case 'string':
      return typeof value === 'string' ? undefined : wrong('a string');
    case 'bytes':
      return isByteString(value) ? undefined : wrong('a string of the characters U+0000 to U+00FF, one per byte');
    case 'fixed':
      return isByteString(value) && value.length === node.size
        ? undefined
        : wrong(`a string of ${node.size} characters U+0000 to U+00FF, one per byte`);
    case 'enum':
      return typeof value === 'string' && node.symbols.includes(value) ? undefined : wrong(`a symbol of ${node.name}`);
    case 'array':
      if (!Array.isArray(value)) return wrong('an array');
      return first(value, (item, index) => checkDefault(node.items, item, `${path}[${index}]`, depth + 1));
    case 'map':
      if (!isJsonObject(value)) return wrong('an object');
      return first(Object.entries(value), ([key, item]) =>
        key === '__proto__'
          ? `the default of ${path} has the key __proto__, which is refused`
          : checkDefault(node.values, item, `${path}.${key}`, depth + 1),
      );
    case 'union': {
      const branch = node.branches[0];
      if (!branch) return wrong('nothing (the union is empty)');
      const problem = checkDefault(branch, value, path, depth + 1);
      const label = isNamed(branch) ? branch.name : branch.kind;
      return problem && `${problem} (the default of a union belongs to its first branch, ${label})`;
    }
    case 'record':
      if (!isJsonObject(value)) return wrong('an object');
      return first(node.fields, (field) => {
        const given = Object.hasOwn(value, field.name) ? value[field.name] : field.default;
        if (given === undefined) return `the default of ${path} lacks the field ${field.name}`;
        return checkDefault(field.type, given, `${path}.${field.name}`, depth + 1);
      });
  }
}

const isInteger = (value: JsonValue): value is number =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER;

const isJsonObject = (value: JsonValue): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isByteString(value: JsonValue): value is string {
  if (typeof value !== 'string') return false;
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0xff) return false;
  return true;
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const problem = check(item, index);
    if (problem) return problem;
  }
  return undefined;
}
