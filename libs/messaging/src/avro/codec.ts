import { AppError } from '@millrace/contracts';
import type { Type } from 'avsc';
import { avscType, refusedLogicalType } from './avsc-types';
import { BoundedWalker, type WalkRefusal } from './bounded-walk';
import { checkCompatibility, describe } from './compatibility';
import { UndecodableError } from './poison';
import { SchemaError } from './schema-error';
import type { AvroNode, AvroSchema } from './schema-model';

/** Decodes data of one writer's schema into the reader's shape. */
export interface AvroDecoder<T> {
  readonly writer: AvroSchema;
  /**
   * Decodes `bytes[start, end)`, which must be exactly one datum.
   * @throws UndecodableError UNREADABLE; nothing else, whatever the bytes are.
   */
  decode(bytes: Buffer, start?: number, end?: number): T;
}

/** Defaults and promotions can make a reader's value bigger than its bytes; no datum becomes more fields than this. */
export const DECODED_FIELDS_MAX = 4_000_000;

const codecs = new WeakMap<AvroSchema, AvroCodec<unknown>>();

/**
 * Encodes and decodes values of one schema.
 *
 * | Avro                                          | JavaScript                                               |
 * |-----------------------------------------------|----------------------------------------------------------|
 * | int, float, double                            | number                                                   |
 * | long, timestamp-millis, other long types      | number; beyond ±2^53 it is refused                       |
 * | bytes, fixed                                  | Buffer (a copy: it does not pin the fetch response)      |
 * | string, enum; boolean                         | string; boolean                                          |
 * | array; map                                    | array; object without a prototype                        |
 * | record                                        | object; a field left out takes its default               |
 * | `[null, T]`, `[T, null]`                      | `T \| null`                                              |
 * | other unions                                  | `{ <branch>: value }` or null, branches by full name     |
 * | decimal, big-decimal, duration                | refused: AVRO_SCHEMA_UNSUPPORTED                         |
 */
export class AvroCodec<T = unknown> {
  private readonly type: Type;
  private readonly decoders = new Map<string, AvroDecoder<T>>();
  private readonly own: AvroDecoder<T>;

  /** The one codec of a schema object, compiled on first use (about a millisecond). */
  static of<T = unknown>(schema: AvroSchema): AvroCodec<T> {
    let codec = codecs.get(schema);
    if (!codec) {
      codec = new AvroCodec(schema);
      codecs.set(schema, codec);
    }
    return codec as AvroCodec<T>;
  }

  constructor(readonly schema: AvroSchema) {
    const refused = refusedLogicalType(schema);
    if (refused) {
      throw new SchemaError(
        'AVRO_SCHEMA_UNSUPPORTED',
        `The logical type ${refused.logicalType} (${refused.path}) has no exact JavaScript value; use double, long or string.`,
      );
    }
    this.type = avscType(schema);
    this.own = new Decoder<T>(schema, this.type, undefined, 0);
    this.decoders.set(schema.text, this.own);
  }

  /** @throws AppError AVRO_ENCODE_INVALID naming the fields that do not fit. */
  encode(value: T): Buffer {
    try {
      return this.type.toBuffer(value);
    } catch (cause) {
      throw this.invalidValue(value, cause);
    }
  }

  /**
   * Encodes into `target` from `offset` without allocating. Answers the offset after the datum, or, when the space was
   * too small, minus the bytes missing (`target` then holds rubbish from `offset` on).
   * @throws AppError AVRO_ENCODE_INVALID naming the fields that do not fit.
   */
  encodeInto(value: T, target: Buffer, offset: number): number {
    try {
      return this.type.encode(value, target, offset);
    } catch (cause) {
      throw this.invalidValue(value, cause);
    }
  }

  /** Decodes data written with this very schema. See `AvroDecoder.decode`. */
  decode(bytes: Buffer, start = 0, end: number = bytes.length): T {
    return this.own.decode(bytes, start, end);
  }

  /**
   * A decoder for data of another schema (schema resolution; compiled once per writer's schema).
   * @throws UndecodableError INCOMPATIBLE_SCHEMA when this schema cannot read what `writer` writes.
   */
  decoderOf(writer: AvroSchema): AvroDecoder<T> {
    const known = this.decoders.get(writer.text);
    if (known) return known;
    const decoder = this.resolve(writer);
    this.decoders.set(writer.text, decoder);
    return decoder;
  }

  private resolve(writer: AvroSchema): AvroDecoder<T> {
    const differences = checkCompatibility(this.schema, writer);
    if (differences.length > 0) {
      throw new UndecodableError(
        'INCOMPATIBLE_SCHEMA',
        differences[0]?.type ?? 'UNKNOWN',
        `Data of this schema cannot be read: ${differences.map((difference) => describe(difference, 'reader', 'writer')).join('; ')}.`,
      );
    }
    try {
      const writerType = avscType(writer);
      const resolver = this.type.createResolver(writerType, { ignoreNamespaces: true });
      return new Decoder<T>(writer, this.type, resolver, fieldsPerEntry(this.schema.root));
    } catch (cause) {
      throw new UndecodableError(
        'INCOMPATIBLE_SCHEMA',
        'NO_RESOLVER',
        `Data of this schema cannot be read: ${(cause as Error).message}.`,
      );
    }
  }

  private invalidValue(value: T, cause: unknown): AppError {
    const problems: string[] = [];
    try {
      this.type.isValid(value, {
        errorHook: (path, found, type) => {
          if (problems.length < 5)
            problems.push(`${path.join('.') || 'value'} is ${show(found)}, expected ${type.toString()}`);
        },
      });
    } catch {
      // The value is so odd that even the check fails; the cause says enough.
    }
    return new AppError({
      code: 'AVRO_ENCODE_INVALID',
      message: `The value does not fit its schema: ${problems.join('; ') || (cause as Error).message}.`,
      retriable: false,
      cause,
    });
  }
}

type Resolver = ReturnType<Type['createResolver']>;

class Decoder<T> implements AvroDecoder<T> {
  private readonly walker: BoundedWalker;

  constructor(
    readonly writer: AvroSchema,
    private readonly type: Type,
    private readonly resolver: Resolver | undefined,
    /** Fields that the reader builds per entry walked; 0 = the walk has counted them itself. */
    private readonly fieldsPerEntry: number,
  ) {
    this.walker = BoundedWalker.of(writer);
  }

  decode(bytes: Buffer, start = 0, end: number = bytes.length): T {
    const { walker } = this;
    const refusal = walker.walk(bytes, start, end);
    if (refusal !== null) throw unreadable(refusal, walker.position - start, end - start);
    if (walker.entries * this.fieldsPerEntry > DECODED_FIELDS_MAX) throw unreadable('STEPS', 0, end - start);
    try {
      return this.type.decode(bytes, start, this.resolver).value as T;
    } catch (cause) {
      // The walk leaves one thing to the decoder: a long that no JavaScript number holds exactly.
      const message = (cause as Error).message;
      throw new UndecodableError('UNREADABLE', 'LONG_OUT_OF_RANGE', `The value cannot be decoded: ${message}.`);
    }
  }
}

const SENTENCES: Record<WalkRefusal, string> = {
  TRUNCATED: 'it ends inside a value',
  TRAILING: 'bytes follow after the datum',
  LENGTH: 'a length or block size is wrong',
  COUNT: 'a block announces more items than its bytes can hold',
  INDEX: 'an enum or union index is outside the schema',
  BOOLEAN: 'a boolean is neither 0 nor 1',
  VARINT: 'an int or long has too many bits',
  UTF8: 'a string is not UTF-8',
  DEPTH: 'it nests too deep',
  STEPS: 'it would take more work than its size allows',
};

function unreadable(refusal: WalkRefusal, position: number, size: number): UndecodableError {
  return new UndecodableError(
    'UNREADABLE',
    refusal,
    `The value is not a datum of its schema: ${SENTENCES[refusal]} (byte ${position} of ${size}).`,
    { position },
  );
}

/** The largest record of a reader's schema, defaults unfolded: what one small entry of the writer may turn into. */
function fieldsPerEntry(root: AvroNode): number {
  const seen = new Set<AvroNode>();
  let most = 1;
  const visit = (node: AvroNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'record') {
      const defaults = node.fields.reduce((sum, field) => sum + JSON.stringify(field.default ?? null).length, 0);
      most = Math.max(most, node.fields.length + defaults);
      for (const field of node.fields) visit(field.type);
    } else if (node.kind === 'union') node.branches.forEach(visit);
    else if (node.kind === 'array') visit(node.items);
    else if (node.kind === 'map') visit(node.values);
  };
  visit(root);
  return most;
}

function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || value === undefined) return String(value);
  if (typeof value === 'string') return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length}`;
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
