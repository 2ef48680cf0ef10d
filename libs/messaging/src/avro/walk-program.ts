import type { AvroNode, AvroRecord, AvroSchema } from './schema-model';

/**
 * A schema as a flat program for `BoundedWalker`: one instruction per step of the walk, each a few integers.
 *
 *   END                            the root value is complete
 *   RETURN                         end of a subroutine: next item of the block, or back to the caller
 *   SKIP n                         n bytes of fixed width (float, double, fixed; neighbours are merged)
 *   BOOLEAN | INT | LONG
 *   BYTES | STRING                 a length, then as many bytes; strings are checked to be UTF-8
 *   ENUM n                         an index below n
 *   UNION n a0 .. an-1             an index below n, then the subroutine at a(index); NOTHING for null
 *   ARRAY item minimum             blocks of items; `minimum` = least bytes of one item
 *   VECTOR width                   blocks of items of fixed width (float, double, fixed), passed a block at a time
 *   MAP value minimum              the same with a string before each value; `minimum` counts the string
 *   ENTER fields                   a record begins: building it costs that many steps
 *   CALL address
 */
export const Op = {
  END: 0,
  RETURN: 1,
  SKIP: 2,
  BOOLEAN: 3,
  INT: 4,
  LONG: 5,
  BYTES: 6,
  STRING: 7,
  ENUM: 8,
  UNION: 9,
  ARRAY: 10,
  MAP: 11,
  ENTER: 12,
  CALL: 13,
  VECTOR: 14,
} as const;

/** Address of the branch `null`: nothing to read. */
export const NOTHING = -1;

export function compileWalk(schema: AvroSchema): Int32Array {
  const compiler = new WalkCompiler();
  compiler.root(schema.root);
  return Int32Array.from(compiler.code);
}

class WalkCompiler {
  readonly code: number[] = [];
  private readonly subroutines = new Map<AvroNode, number>();
  private readonly pending: { node: AvroNode; patch: number[] }[] = [];
  /** Start of the SKIP that a following fixed-width item may join; -1 = none. */
  private skipAt = -1;

  root(node: AvroNode): void {
    this.inline(node);
    this.emit(Op.END);
    for (let next = this.pending.shift(); next; next = this.pending.shift()) {
      const address = this.code.length;
      this.subroutines.set(next.node, address);
      this.skipAt = -1;
      this.inline(next.node);
      this.emit(Op.RETURN);
      for (const at of next.patch) this.code[at] = address;
    }
  }

  private inline(node: AvroNode): void {
    switch (node.kind) {
      case 'null':
        break;
      case 'boolean':
        this.emit(Op.BOOLEAN);
        break;
      case 'int':
        this.emit(Op.INT);
        break;
      case 'long':
        this.emit(Op.LONG);
        break;
      case 'float':
        this.skip(4);
        break;
      case 'double':
        this.skip(8);
        break;
      case 'fixed':
        this.skip(node.size);
        break;
      case 'bytes':
        this.emit(Op.BYTES);
        break;
      case 'string':
        this.emit(Op.STRING);
        break;
      case 'enum':
        this.emit(Op.ENUM, node.symbols.length);
        break;
      case 'record':
        this.record(node);
        break;
      case 'union': {
        this.emit(Op.UNION, node.branches.length);
        for (const branch of node.branches) {
          if (branch.kind === 'null') this.code.push(NOTHING);
          else this.address(branch);
        }
        break;
      }
      case 'array': {
        const width = fixedWidth(node.items);
        if (width > 0) {
          this.emit(Op.VECTOR, width);
          break;
        }
        this.emit(Op.ARRAY);
        this.address(node.items);
        this.code.push(minimumBytes(node.items));
        break;
      }
      case 'map':
        this.emit(Op.MAP);
        this.address(node.values);
        this.code.push(1 + minimumBytes(node.values));
        break;
    }
  }

  private record(node: AvroRecord): void {
    this.emit(Op.ENTER, node.fields.length);
    for (const field of node.fields) {
      if (field.type.kind === 'record') {
        this.emit(Op.CALL);
        this.address(field.type);
      } else this.inline(field.type);
    }
  }

  private skip(bytes: number): void {
    if (this.skipAt >= 0) this.code[this.skipAt + 1] = (this.code[this.skipAt + 1] as number) + bytes;
    else {
      this.emit(Op.SKIP, bytes);
      this.skipAt = this.code.length - 2;
    }
  }

  private emit(...instruction: number[]): void {
    this.code.push(...instruction);
    this.skipAt = -1;
  }

  /** Writes the address of the node's subroutine, now or when it has been compiled. */
  private address(node: AvroNode): void {
    const at = this.code.length;
    const known = this.subroutines.get(node);
    this.code.push(known ?? NOTHING);
    if (known !== undefined) return;
    const waiting = this.pending.find((item) => item.node === node);
    if (waiting) waiting.patch.push(at);
    else this.pending.push({ node, patch: [at] });
  }
}

/** Bytes of every value of the type, 0 where they vary. */
function fixedWidth(node: AvroNode): number {
  if (node.kind === 'fixed') return node.size;
  return node.kind === 'float' ? 4 : node.kind === 'double' ? 8 : 0;
}

const MINIMUM_MAX = 1_048_576;

/** Least bytes that a value of this type takes on the wire; 0 for null, an empty record and the like. */
export function minimumBytes(node: AvroNode): number {
  return new MinimumBytes().of(node);
}

class MinimumBytes {
  private readonly known = new Map<AvroRecord, number>();

  of(node: AvroNode): number {
    switch (node.kind) {
      case 'null':
        return 0;
      case 'float':
        return 4;
      case 'double':
        return 8;
      case 'fixed':
        return node.size;
      case 'union':
        return 1 + Math.min(...node.branches.map((branch) => this.of(branch)), MINIMUM_MAX);
      case 'record': {
        const known = this.known.get(node);
        if (known !== undefined) return known;
        // A record inside itself: 0 is a lower bound that is always true.
        this.known.set(node, 0);
        const sum = Math.min(
          MINIMUM_MAX,
          node.fields.reduce((total, field) => total + this.of(field.type), 0),
        );
        this.known.set(node, sum);
        return sum;
      }
      default:
        return 1;
    }
  }
}
