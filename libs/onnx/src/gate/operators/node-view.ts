import type { AttributeProto, NodeProto } from '../../proto/onnx-messages';
import type { GateLimits } from '../limits';
import { type ValueFacts } from '../value-facts';
import { quoted, refuse } from '../verdict';

/** The outputs' facts of one node, from what is known of its inputs. Refuses what cannot be bounded. */
export type ShapeRule = (node: NodeView) => ValueFacts[];

/** One node as a shape rule sees it: inputs resolved, attributes by name, refusals that name the node. */
export class NodeView {
  private readonly attributes: ReadonlyMap<string, AttributeProto>;
  /** Work beyond touching every element of the outputs once, in operations. */
  extraWork = 0;

  constructor(
    private readonly node: NodeProto,
    private readonly inputs: readonly (ValueFacts | null)[],
    readonly opset: number,
    readonly limits: GateLimits,
  ) {
    this.attributes = new Map(node.attribute.map((attribute) => [attribute.name ?? '', attribute]));
  }

  get outputCount(): number {
    return this.node.output.length;
  }

  get inputCount(): number {
    return this.inputs.length;
  }

  get title(): string {
    return `${this.node.opType} ${quoted(this.node.name || (this.node.output[0] ?? ''))}`;
  }

  has(input: number): boolean {
    return (this.inputs[input] ?? null) !== null;
  }

  facts(input: number): ValueFacts {
    return this.inputs[input] ?? this.refuse('INVALID_GRAPH', `has no input ${input}`);
  }

  shape(input: number): readonly number[] {
    return this.facts(input).shape;
  }

  shapes(): (readonly number[])[] {
    return this.inputs.map((_, position) => this.shape(position));
  }

  /** The whole numbers that input `input` holds; a shape that depends on the data of a request is refused. */
  ints(input: number): readonly number[] {
    return (
      this.facts(input).ints ??
      this.refuse('SHAPE_NOT_STATIC', `takes a shape from its input ${input}, whose content is not fixed in the model`)
    );
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    const attribute = this.attributes.get(name);
    if (!attribute) return otherwise;
    return this.safe(name, attribute.i ?? 0);
  }

  intList(name: string): number[] {
    return (this.attributes.get(name)?.ints ?? []).map((value) => this.safe(name, value));
  }

  floatList(name: string): readonly number[] {
    return this.attributes.get(name)?.floats ?? [];
  }

  textList(name: string): string[] {
    return (this.attributes.get(name)?.strings ?? []).map((text) => Buffer.from(text).toString('latin1'));
  }

  tensor(name: string) {
    return this.attributes.get(name)?.t;
  }

  /** Counts a negative axis from the end; refuses one outside. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value;
    return axis >= 0 && axis < rank ? axis : this.refuse('INVALID_SHAPE', `has an axis ${value} outside rank ${rank}`);
  }

  refuse(code: Parameters<typeof refuse>[0], why: string): never {
    return refuse(code, `${this.title} ${why}.`);
  }

  private safe(name: string, value: number | bigint): number {
    return typeof value === 'number' ? value : this.refuse('INVALID_ATTRIBUTE', `has an attribute ${name} beyond 2^53`);
  }
}

/** Numpy broadcasting (https://onnx.ai/onnx/repo-docs/Broadcasting.html). */
export function broadcast(node: NodeView, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, position) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[position - (rank - shape.length)] ?? 1;
      if (own !== 1 && size !== 1 && own !== size)
        node.refuse('INVALID_SHAPE', `cannot combine ${size} and ${own} values`);
      if (own !== 1) size = own;
    }
    return size;
  });
}
