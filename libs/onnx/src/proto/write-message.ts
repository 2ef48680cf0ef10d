import type { Encodable, Field, FieldKind, Message } from './message';

/**
 * Writes a message in the order of its field numbers, numbers packed, absent fields and empty lists left out: equal values
 * have equal bytes.
 */
export function writeMessage<M extends Message>(table: M, value: Encodable<M>): Uint8Array {
  const writer = new Writer();
  writer.message(table, value as Record<string, unknown>);
  return writer.finish();
}

class Writer {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private size = 0;

  finish(): Uint8Array {
    return this.bytes.slice(0, this.size);
  }

  message(table: Message, value: Readonly<Record<string, unknown>>): void {
    const fields = Object.entries(table.fields).sort(([, a], [, b]) => a.number - b.number);
    for (const [name, field] of fields) {
      const content = value[name];
      if (content === undefined) continue;
      if (!field.repeated) this.one(field, content);
      else if ((content as ArrayLike<unknown>).length > 0) this.repeated(field, content as ArrayLike<unknown>);
    }
  }

  private repeated(field: Field, values: ArrayLike<unknown>): void {
    const { kind } = field;
    if (kind !== 'int' && kind !== 'float' && kind !== 'double') {
      for (let i = 0; i < values.length; i++) this.one(field, values[i]);
      return;
    }
    this.varint(BigInt((field.number << 3) | 2));
    const packed = new Writer();
    for (let i = 0; i < values.length; i++) packed.scalar(kind, values[i]);
    this.block(packed.bytes.subarray(0, packed.size));
  }

  private one({ number, kind }: Field, value: unknown): void {
    this.varint(BigInt((number << 3) | wireType(kind)));
    if (kind === 'int' || kind === 'float' || kind === 'double') this.scalar(kind, value);
    else if (kind === 'string') this.block(new TextEncoder().encode(value as string));
    else if (kind === 'bytes' || kind === 'opaque') this.block(value as Uint8Array);
    else {
      const inner = new Writer();
      inner.message(kind, value as Record<string, unknown>);
      this.block(inner.bytes.subarray(0, inner.size));
    }
  }

  private scalar(kind: 'int' | 'float' | 'double', value: unknown): void {
    if (kind === 'int') {
      this.varint(BigInt.asUintN(64, BigInt(value as number | bigint)));
      return;
    }
    const at = this.reserve(kind === 'float' ? 4 : 8);
    if (kind === 'float') this.view.setFloat32(at, value as number, true);
    else this.view.setFloat64(at, value as number, true);
  }

  private block(content: Uint8Array): void {
    this.varint(BigInt(content.length));
    const at = this.reserve(content.length);
    this.bytes.set(content, at);
  }

  private varint(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  private byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  /** Gives where to write; may replace `bytes` and `view`, so ask for them afterwards. */
  private reserve(count: number): number {
    const at = this.size;
    this.size += count;
    if (this.size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.size, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

function wireType(kind: FieldKind): number {
  if (kind === 'int') return 0;
  if (kind === 'double') return 1;
  return kind === 'float' ? 5 : 2;
}
