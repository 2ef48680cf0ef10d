import type { Decoded, Field, FieldKind, Message } from './message';

/** The bytes are no message of this table, or break a bound. The text names the field, never the content. */
export class MalformedMessage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedMessage';
  }
}

/**
 * Reads protocol-buffer bytes strictly. A field is
 *
 * ```
 * key    varint: field number << 3 | wire type      wire type 0 varint, 1 eight bytes, 2 length + bytes, 5 four bytes
 * value
 * ```
 *
 * Refused, besides what is cut short: unknown fields and wire types, groups, a singular field that comes twice, text that is
 * no UTF-8, and more of anything than `bounds` allows. Other readers accept some of these and disagree about them - C++ merges
 * a message that comes twice, most others keep the last - and a file that two readers understand differently could show the
 * gate one graph and the runtime another. Packed and unpacked numbers are both read. Time and memory are linear in the bytes.
 */
export function readMessage<M extends Message>(table: M, bytes: Uint8Array, bounds: ReadBounds): Decoded<M> {
  const reader = new Reader(bytes, bounds);
  return reader.message(table, bytes.length) as Decoded<M>;
}

/**
 * How much may come out of the bytes. Two bytes can be a message, and a decoded one takes some hundred bytes of memory, so the
 * size of the file alone does not bound what reading it costs.
 */
export interface ReadBounds {
  readonly messages: number;
  /** Texts and byte strings. */
  readonly texts: number;
  readonly numbers: number;
}

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

class Reader {
  private position = 0;
  private left: { messages: number; texts: number; numbers: number };
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    bounds: ReadBounds,
  ) {
    this.left = { ...bounds };
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(table: Message, end: number): Record<string, unknown> {
    const value = emptyValue(table);
    const byNumber = fieldsOf(table);
    while (this.position < end) {
      const key = this.varint(end);
      const wire = Number(key & 7n);
      const known = byNumber.get(Number(key >> 3n));
      if (!known) throw new MalformedMessage(`${table.name} has no field ${key >> 3n}.`);
      const { name, field } = known;
      if (field.repeated) this.append(value[name] as unknown[], table, name, field, wire, end);
      else {
        if (value[name] !== undefined) throw new MalformedMessage(`${table.name}.${name} comes twice.`);
        value[name] = this.value(table, name, field.kind, wire, end);
      }
    }
    return value;
  }

  private append(values: unknown[], table: Message, name: string, field: Field, wire: number, end: number): void {
    const packed = wire === LENGTH && (field.kind === 'int' || field.kind === 'float' || field.kind === 'double');
    if (!packed) {
      values.push(this.value(table, name, field.kind, wire, end));
      return;
    }
    const until = this.length(end);
    const itemWire = expectedWire(field.kind);
    while (this.position < until) values.push(this.value(table, name, field.kind, itemWire, until));
  }

  private value(table: Message, name: string, kind: FieldKind, wire: number, end: number): unknown {
    const expected = expectedWire(kind);
    if (wire !== expected) throw new MalformedMessage(`${table.name}.${name} has wire type ${wire}, not ${expected}.`);
    this.count(kind);
    switch (kind) {
      case 'int':
        return this.int(end);
      case 'float':
        return this.view.getFloat32(this.advance(4, end), true);
      case 'double':
        return this.view.getFloat64(this.advance(8, end), true);
      case 'string':
        return this.text(table, name, end);
      case 'bytes':
      case 'opaque': {
        const until = this.length(end);
        const start = this.position;
        this.position = until;
        return this.bytes.subarray(start, until);
      }
      default: {
        const until = this.length(end);
        return this.message(kind, until);
      }
    }
  }

  private count(kind: FieldKind): void {
    const what = typeof kind === 'object' ? 'messages' : expectedWire(kind) === LENGTH ? 'texts' : 'numbers';
    if (--this.left[what] < 0) throw new MalformedMessage(`It has more ${what} than any model needs.`);
  }

  private text(table: Message, name: string, end: number): string {
    const until = this.length(end);
    const part = this.bytes.subarray(this.position, until);
    this.position = until;
    try {
      return UTF8.decode(part);
    } catch {
      throw new MalformedMessage(`${table.name}.${name} is no UTF-8 text.`);
    }
  }

  /** Reads a length and gives the position where its content ends. */
  private length(end: number): number {
    const length = this.varint(end);
    if (length > BigInt(end - this.position)) throw new MalformedMessage('A length points beyond the end.');
    return this.position + Number(length);
  }

  private int(end: number): number | bigint {
    // Almost every integer of a model is one or two bytes: no bigint for them.
    const first = this.position < end ? this.bytes[this.position] : 0x80;
    if (first < 0x80) {
      this.position++;
      return first;
    }
    const signed = BigInt.asIntN(64, this.varint(end));
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  private varint(end: number): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.advance(1, end)];
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.advance(1, end)];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedMessage('A varint is longer than ten bytes.');
  }

  private advance(count: number, end: number): number {
    const start = this.position;
    if (start + count > end) throw new MalformedMessage('It ends in the middle of a field.');
    this.position = start + count;
    return start;
  }
}

function expectedWire(kind: FieldKind): number {
  if (kind === 'int') return VARINT;
  if (kind === 'float') return FOUR_BYTES;
  return kind === 'double' ? EIGHT_BYTES : LENGTH;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface KnownField {
  readonly name: string;
  readonly field: Field;
}

const tables = new WeakMap<Message, ReadonlyMap<number, KnownField>>();

function fieldsOf(table: Message): ReadonlyMap<number, KnownField> {
  let known = tables.get(table);
  if (!known) {
    known = new Map(Object.entries(table.fields).map(([name, field]) => [field.number, { name, field }]));
    tables.set(table, known);
  }
  return known;
}

function emptyValue(table: Message): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table.fields)) value[name] = field.repeated ? [] : undefined;
  return value;
}
