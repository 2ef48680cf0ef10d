import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import type { Encodable } from './message';
import { ModelProto, TensorProto } from './onnx-messages';
import { MalformedMessage, readMessage } from './read-message';
import { writeMessage } from './write-message';

const BOUNDS = { messages: 1000, texts: 1000, numbers: 1000 };

const model: Encodable<typeof ModelProto> = {
  irVersion: 8,
  producerName: 'someone',
  graph: {
    name: 'g',
    node: [
      {
        input: ['x', 'w'],
        output: ['y'],
        opType: 'Gemm',
        attribute: [
          { name: 'alpha', type: 1, f: 0.5 },
          { name: 'transB', type: 2, i: -1 },
          { name: 'big', type: 7, ints: [1, -5, 2 ** 53 - 1, 9223372036854775807n, -9223372036854775808n, 300] },
          { name: 'words', type: 8, strings: [new TextEncoder().encode('é'), new Uint8Array(0)] },
        ],
      },
    ],
    initializer: [{ name: 'w', dims: [2, 1], dataType: 1, floatData: [1.5, -2.25] }],
    input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'N' }, { dimValue: 2 }] } } } }],
    output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }],
  },
  opsetImport: [{ domain: '', version: 17 }],
  metadataProps: [{ key: 'seed', value: '7' }],
};

describe('onnx > proto', () => {
  it('writes what an independent reader understands', () => {
    const read = onnx.ModelProto.toObject(onnx.ModelProto.decode(writeMessage(ModelProto, model)), { longs: String });
    expect(read).toMatchObject({
      irVersion: '8',
      producerName: 'someone',
      opsetImport: [{ domain: '', version: '17' }],
      metadataProps: [{ key: 'seed', value: '7' }],
    });
    const [node] = read.graph.node;
    expect(node.attribute[0].f).toBe(0.5);
    expect(node.attribute[1].i).toBe('-1');
    expect(node.attribute[2].ints).toEqual([
      '1',
      '-5',
      '9007199254740991',
      '9223372036854775807',
      '-9223372036854775808',
      '300',
    ]);
    expect(read.graph.initializer[0].floatData).toEqual([1.5, -2.25]);
    expect(read.graph.input[0].type.tensorType.shape.dim).toEqual([{ dimParam: 'N' }, { dimValue: '2' }]);
  });
  it('reads what it wrote, and what the independent writer wrote, packed or not', () => {
    const bytes = writeMessage(ModelProto, model);
    const read = readMessage(ModelProto, bytes, BOUNDS);
    expect(read.graph?.node[0].attribute[2].ints).toEqual(model.graph?.node?.[0].attribute?.[2].ints);
    expect(writeMessage(ModelProto, read)).toEqual(bytes);
    const theirs = onnx.ModelProto.encode(onnx.ModelProto.decode(bytes)).finish();
    expect(readMessage(ModelProto, theirs, BOUNDS)).toEqual(read);
    const unpacked = Uint8Array.of(0x08, 3, 0x08, 4, 0x10, 1);
    expect(readMessage(TensorProto, unpacked, BOUNDS)).toMatchObject({ dims: [3, 4], dataType: 1 });
  });
  it('writes more than its first buffer holds, wherever the buffer ends', () => {
    for (let size = 1000; size < 1060; size++) {
      const tensor = {
        rawData: new Uint8Array(size).fill(7),
        floatData: [1.5],
        doubleData: [2.5],
        dims: [300],
        name: 'n',
      };
      const read = readMessage(TensorProto, writeMessage(TensorProto, tensor), BOUNDS);
      expect(read).toMatchObject({ floatData: [1.5], doubleData: [2.5], dims: [300], name: 'n' });
      expect(Buffer.compare(read.rawData as Uint8Array, tensor.rawData)).toBe(0);
    }
  });
  it.each<[string, number[], string]>([
    ['an unknown field', [0x98, 0x06, 0x01], 'ModelProto has no field 99'],
    ['a group', [0x0b], 'wire type 3'],
    ['a singular field twice', [0x08, 0x08, 0x08, 0x08], 'ModelProto.irVersion comes twice'],
    ['a graph twice, which C++ would merge', [0x3a, 0x00, 0x3a, 0x00], 'ModelProto.graph comes twice'],
    ['a wrong wire type', [0x0a, 0x01, 0x08], 'ModelProto.irVersion has wire type 2, not 0'],
    ['a length beyond the end', [0x12, 0x05, 0x61], 'A length points beyond the end'],
    ['an inner length beyond its message', [0x3a, 0x02, 0x12, 0x05, 0, 0, 0], 'A length points beyond the end'],
    ['a length of 2^64 - 1', [0x12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], 'A length points beyond the end'],
    ['a cut varint', [0x08, 0x80], 'in the middle of a field'],
    ['a varint of eleven bytes', [0x08, ...Array(10).fill(0x80), 1], 'longer than ten bytes'],
    ['text that is no UTF-8', [0x12, 0x01, 0xff], 'ModelProto.producerName is no UTF-8 text'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readMessage(ModelProto, Uint8Array.from(bytes), BOUNDS)).toThrow(MalformedMessage);
    expect(() => readMessage(ModelProto, Uint8Array.from(bytes), BOUNDS)).toThrow(message);
  });
  it('refuses more messages, texts or numbers than the bound', () => {
    const bytes = writeMessage(ModelProto, { metadataProps: Array.from({ length: 50 }, () => ({ key: 'k' })) });
    expect(() => readMessage(ModelProto, bytes, { ...BOUNDS, messages: 49 })).toThrow(
      'more messages than any model needs',
    );
    expect(() => readMessage(ModelProto, bytes, { ...BOUNDS, texts: 49 })).toThrow('more texts than any model needs');
    expect(readMessage(ModelProto, bytes, { ...BOUNDS, messages: 50, texts: 50 }).metadataProps).toHaveLength(50);
    const numbers = writeMessage(TensorProto, { dims: [1, 2, 3] });
    expect(() => readMessage(TensorProto, numbers, { ...BOUNDS, numbers: 2 })).toThrow(
      'more numbers than any model needs',
    );
  });
  it('reads any bytes or refuses them, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const read = readMessage(ModelProto, bytes, BOUNDS);
          expect(readMessage(ModelProto, writeMessage(ModelProto, read), BOUNDS)).toEqual(read);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
      { seed: 5, numRuns: 3000 },
    );
  });
});
