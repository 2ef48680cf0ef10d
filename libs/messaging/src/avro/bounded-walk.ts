import { isUtf8 } from 'node:buffer';
import type { AvroSchema } from './schema-model';
import { compileWalk, NOTHING, Op } from './walk-program';

const NO_BYTES = new Uint8Array(0);

/**
 * Why bytes are refused:
 * - TRUNCATED: they end inside a value; TRAILING: they go on after the value
 * - LENGTH: a negative string length, or a block size that does not fit its block
 * - COUNT: a block announces more items than the bytes left can hold, or too many items of no bytes
 * - INDEX: an enum or union index outside the schema; BOOLEAN: neither 0 nor 1
 * - VARINT: an int or long longer than its type; UTF8: a string that is no text
 * - DEPTH: recursion deeper than `DEPTH_MAX`; STEPS: more work than the bytes pay for
 */
export type WalkRefusal =
  | 'TRUNCATED'
  | 'TRAILING'
  | 'LENGTH'
  | 'COUNT'
  | 'INDEX'
  | 'BOOLEAN'
  | 'VARINT'
  | 'UTF8'
  | 'DEPTH'
  | 'STEPS';

/** Nesting of unions, arrays, maps and records in the data. */
export const DEPTH_MAX = 64;
/** Items of no bytes (array of null) in one datum: nothing but this number bounds them. */
export const EMPTY_ITEMS_MAX = 1_024;
/** The walk takes at most `STEPS_PER_BYTE * bytes + STEPS_FREE` steps, whatever the bytes are. */
export const STEPS_PER_BYTE = 16;
export const STEPS_FREE = 4_096;

const walkers = new WeakMap<AvroSchema, BoundedWalker>();

/**
 * Walks foreign bytes against the WRITER's schema before any decoder touches them, without building a value.
 *
 * A stock Avro decoder trusts lengths: six bytes that announce 2*10^8 items of an array of null make avsc allocate
 * until V8 aborts the process, which no `catch` sees (Apache's own JavaScript SDK has the same hole, AVRO-4301).
 * After a walk that accepted them, decoding the same bytes needs time and memory in proportion to their number: the
 * walk counts one step per value, per field of a record and per string, so its steps stand for the decoder's work.
 *
 * One walker is not reentrant (its stack is reused) and not shared between threads; it never calls back.
 */
export class BoundedWalker {
  /** After a walk: steps taken. */
  steps = 0;
  /** After a walk: array items, map entries and nested records met, each of which becomes an object or a slot. */
  entries = 0;
  /** After a refused walk: where the offending value begins. */
  position = 0;

  private readonly program: Int32Array;
  // One frame per open subroutine. `left` counts the items still to come of the current block (0 for a plain call),
  // `blockEnd` is where a block with a size must end (-1: it gave none).
  private readonly back = new Int32Array(DEPTH_MAX);
  private readonly item = new Int32Array(DEPTH_MAX);
  private readonly minimum = new Int32Array(DEPTH_MAX);
  private readonly isMap = new Uint8Array(DEPTH_MAX);
  private readonly left = new Float64Array(DEPTH_MAX);
  private readonly blockEnd = new Int32Array(DEPTH_MAX);

  private bytes: Uint8Array = NO_BYTES;
  private at = 0;
  private end = 0;
  private emptyItems = 0;
  /** Set by the read helpers when they fail. */
  private fault: WalkRefusal | null = null;

  /** The one walker of a schema, compiled on first use. */
  static of(schema: AvroSchema): BoundedWalker {
    let walker = walkers.get(schema);
    if (!walker) {
      walker = new BoundedWalker(schema);
      walkers.set(schema, walker);
    }
    return walker;
  }

  constructor(schema: AvroSchema) {
    this.program = compileWalk(schema);
  }

  /** Walks `bytes[start, end)`; `null` when they are exactly one datum of the schema, else why not. */
  walk(bytes: Uint8Array, start = 0, end: number = bytes.length): WalkRefusal | null {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.steps = 0;
    this.entries = 0;
    this.emptyItems = 0;
    this.fault = null;
    const refusal = this.run(STEPS_PER_BYTE * (end - start) + STEPS_FREE);
    this.bytes = NO_BYTES;
    return refusal;
  }

  private run(budget: number): WalkRefusal | null {
    const { program, back } = this;
    let pc = 0;
    let depth = 0;
    for (;;) {
      this.position = this.at;
      if (++this.steps > budget) return 'STEPS';
      switch (program[pc]) {
        case Op.END:
          return this.at === this.end ? null : 'TRAILING';
        case Op.RETURN: {
          const top = depth - 1;
          if ((this.left[top] as number) === 0) {
            depth = top;
            pc = back[top] as number;
            break;
          }
          this.left[top] = (this.left[top] as number) - 1;
          if (this.left[top] === 0 && !this.nextBlock(top)) {
            if (this.fault) return this.fault;
            depth = top;
            pc = back[top] as number;
            break;
          }
          if (!this.beginItem(top)) return this.fault;
          pc = this.item[top] as number;
          break;
        }
        case Op.SKIP:
          this.at += program[pc + 1] as number;
          if (this.at > this.end) return 'TRUNCATED';
          pc += 2;
          break;
        case Op.BOOLEAN:
          if (this.at >= this.end) return 'TRUNCATED';
          if ((this.bytes[this.at++] as number) > 1) return 'BOOLEAN';
          pc++;
          break;
        case Op.INT:
          if (!this.skipVarint(5, 0x0f)) return this.fault;
          pc++;
          break;
        case Op.LONG:
          if (!this.skipVarint(10, 0x01)) return this.fault;
          pc++;
          break;
        case Op.BYTES:
          if (!this.skipBytes()) return this.fault;
          pc++;
          break;
        case Op.STRING:
          if (!this.skipString()) return this.fault;
          pc++;
          break;
        case Op.ENUM: {
          const index = this.readLong();
          if (this.fault) return this.fault;
          if (index < 0 || index >= (program[pc + 1] as number)) return 'INDEX';
          pc += 2;
          break;
        }
        case Op.UNION: {
          const branches = program[pc + 1] as number;
          const index = this.readLong();
          if (this.fault) return this.fault;
          if (index < 0 || index >= branches) return 'INDEX';
          const address = program[pc + 2 + index] as number;
          const after = pc + 2 + branches;
          if (address === NOTHING) pc = after;
          else {
            if (depth === DEPTH_MAX) return 'DEPTH';
            this.left[depth] = 0;
            back[depth++] = after;
            pc = address;
          }
          break;
        }
        case Op.ARRAY:
        case Op.MAP: {
          if (depth === DEPTH_MAX) return 'DEPTH';
          this.isMap[depth] = program[pc] === Op.MAP ? 1 : 0;
          this.item[depth] = program[pc + 1] as number;
          this.minimum[depth] = program[pc + 2] as number;
          this.blockEnd[depth] = -1;
          back[depth] = pc + 3;
          if (this.nextBlock(depth)) {
            if (!this.beginItem(depth)) return this.fault;
            pc = this.item[depth++] as number;
          } else {
            if (this.fault) return this.fault;
            pc += 3;
          }
          break;
        }
        case Op.VECTOR: {
          if (depth === DEPTH_MAX) return 'DEPTH';
          const width = program[pc + 1] as number;
          this.minimum[depth] = width;
          this.blockEnd[depth] = -1;
          while (this.nextBlock(depth)) {
            const count = this.left[depth] as number;
            this.steps += count;
            this.entries += count;
            this.at += count * width;
          }
          if (this.fault) return this.fault;
          pc += 2;
          break;
        }
        case Op.ENTER:
          if (this.steps + (program[pc + 1] as number) > budget) return 'STEPS';
          this.steps += program[pc + 1] as number;
          this.entries++;
          pc += 2;
          break;
        case Op.CALL:
          if (depth === DEPTH_MAX) return 'DEPTH';
          this.left[depth] = 0;
          back[depth++] = pc + 2;
          pc = program[pc + 1] as number;
          break;
        default:
          throw new Error(`walk program is damaged at ${pc}`);
      }
    }
  }

  /**
   * Reads the next block header of frame `top`; false at the end of the array or map, or with `fault` set.
   *
   *   block = count:long [size:long when count < 0] item*      count 0 ends
   */
  private nextBlock(top: number): boolean {
    const due = this.blockEnd[top] as number;
    if (due >= 0 && due !== this.at) return this.fail('LENGTH');
    let count = this.readLong();
    if (this.fault) return false;
    this.blockEnd[top] = -1;
    if (count === 0) return false;
    if (count < 0) {
      count = -count;
      const size = this.readLong();
      if (this.fault) return false;
      if (size < 0 || size > this.end - this.at) return this.fail('LENGTH');
      this.blockEnd[top] = this.at + size;
    }
    const minimum = this.minimum[top] as number;
    if (minimum === 0) {
      this.emptyItems += count;
      if (this.emptyItems > EMPTY_ITEMS_MAX) return this.fail('COUNT');
    } else if (count * minimum > this.end - this.at) return this.fail('COUNT');
    this.left[top] = count;
    return true;
  }

  private beginItem(top: number): boolean {
    this.entries++;
    return this.isMap[top] === 0 || this.skipString();
  }

  /** Reads a zig-zag varint of up to 64 bits; beyond 2^53 it is only about right, which is enough to refuse it as a length. */
  private readLong(): number {
    const { bytes, end } = this;
    let at = this.at;
    let length = 0;
    let raw = 0;
    let scale = 1;
    let byte: number;
    do {
      if (at >= end) {
        this.fault = 'TRUNCATED';
        return 0;
      }
      byte = bytes[at++] as number;
      if (++length === 10 && byte > 0x01) {
        this.fault = 'VARINT';
        return 0;
      }
      raw += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte & 0x80);
    this.at = at;
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Passes a varint of at most `most` bytes whose last possible byte is at most `last`. */
  private skipVarint(most: number, last: number): boolean {
    const { bytes, end } = this;
    let at = this.at;
    let length = 0;
    let byte: number;
    do {
      if (at >= end) return this.fail('TRUNCATED');
      byte = bytes[at++] as number;
      if (++length === most && byte > last) return this.fail('VARINT');
    } while (byte & 0x80);
    this.at = at;
    return true;
  }

  private skipBytes(): boolean {
    const length = this.readLong();
    if (this.fault) return false;
    if (length < 0) return this.fail('LENGTH');
    if (length > this.end - this.at) return this.fail('TRUNCATED');
    this.at += length;
    return true;
  }

  private skipString(): boolean {
    const length = this.readLong();
    if (this.fault) return false;
    if (length < 0) return this.fail('LENGTH');
    const { bytes, at } = this;
    const end = at + length;
    if (end > this.end) return this.fail('TRUNCATED');
    // Most text is ASCII and short: looking here is cheaper than a call into the runtime.
    for (let i = at; i < end; i++) {
      if ((bytes[i] as number) > 0x7f) {
        if (isUtf8(bytes.subarray(i, end))) break;
        return this.fail('UTF8');
      }
    }
    this.at = end;
    return true;
  }

  private fail(refusal: WalkRefusal): false {
    this.fault = refusal;
    return false;
  }
}
