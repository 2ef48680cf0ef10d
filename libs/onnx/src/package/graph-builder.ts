import type { Encodable } from '../proto/message';
import { AttributeType, DataType, type DataTypeName, ModelProto, type NodeProto } from '../proto/onnx-messages';
import { writeMessage } from '../proto/write-message';

/** ONNX operators up to opset 17, ai.onnx.ml up to 3: the newest that need nothing beyond IR version 8. */
const OPSETS = [
  { domain: '', version: 17 },
  { domain: 'ai.onnx.ml', version: 3 },
];
const IR_VERSION = 8;
const PRODUCER = 'millrace';

type Node = Encodable<typeof NodeProto>;
/** number[] becomes FLOATS; wrap whole numbers in BigInt64Array to get INTS. */
export type AttributeValue = number | string | bigint | Float32Array | BigInt64Array | readonly string[];

/** Grows a graph node by node. Every value gets a name of its own, whatever the inputs are called. */
export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly inputs: { name: string; type: DataTypeName }[] = [];
  private readonly outputs: { name: string; type: DataTypeName }[] = [];
  private readonly constants: NonNullable<NonNullable<Encodable<typeof ModelProto>['graph']>['initializer']>[number][] =
    [];
  private readonly names = new Set<string>();

  /** An input of shape [N, 1]. */
  input(name: string, type: DataTypeName): string {
    this.names.add(name);
    this.inputs.push({ name, type });
    return name;
  }

  /** Adds an operator with one output and gives the output's name, which begins with `label`. */
  add(
    operator: string,
    inputs: readonly string[],
    label: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): string {
    const output = this.fresh(label);
    this.nodes.push({
      input: inputs,
      output: [output],
      name: output,
      opType: operator,
      domain,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  floats(values: ArrayLike<number>, dims: readonly number[], label: string): string {
    const name = this.fresh(label);
    const raw = new Uint8Array(Float32Array.from(values).buffer);
    this.constants.push({ name, dims, dataType: DataType.FLOAT, rawData: raw });
    return name;
  }

  /** A scalar int64, shared by all who ask for the same number. */
  int(value: number): string {
    const name = `int64/${value}`;
    if (this.names.has(name)) return name;
    this.names.add(name);
    const raw = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    this.constants.push({ name, dims: [], dataType: DataType.INT64, rawData: raw });
    return name;
  }

  /** Lets a value leave as the output `name` of shape [N, 1]. */
  output(value: string, name: string, type: DataTypeName): void {
    this.names.add(name);
    this.nodes.push({ input: [value], output: [name], name, opType: 'Identity', domain: '' });
    this.outputs.push({ name, type });
  }

  /** The file. Metadata stand in the order of their keys, so the bytes are a function of the graph and the metadata alone. */
  finish(graphName: string, version: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    return writeMessage(ModelProto, {
      irVersion: IR_VERSION,
      producerName: PRODUCER,
      producerVersion: version,
      graph: {
        name: graphName,
        node: this.nodes,
        initializer: this.constants,
        input: this.inputs.map(valueInfo),
        output: this.outputs.map(valueInfo),
      },
      opsetImport: OPSETS,
      metadataProps: Object.keys(metadata)
        .sort()
        .map((key) => ({ key, value: metadata[key] })),
    });
  }

  private fresh(label: string): string {
    let name = label;
    for (let n = 2; this.names.has(name); n++) name = `${label}#${n}`;
    this.names.add(name);
    return name;
  }
}

function valueInfo({ name, type }: { name: string; type: DataTypeName }) {
  const shape = { dim: [{ dimParam: 'N' }, { dimValue: 1 }] };
  return { name, type: { tensorType: { elemType: DataType[type], shape } } };
}

function attribute(name: string, value: AttributeValue) {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  if (typeof value === 'bigint') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: utf8(value) };
  if (value instanceof BigInt64Array) return { name, type: AttributeType.INTS, ints: value };
  if (value instanceof Float32Array) return { name, type: AttributeType.FLOATS, floats: value };
  return { name, type: AttributeType.STRINGS, strings: value.map(utf8) };
}
