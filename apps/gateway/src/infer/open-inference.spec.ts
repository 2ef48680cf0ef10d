import { type ModelSignature, type PredictionResponse, signatureInput } from '@millrace/contracts';
import { inferRequest, metadataOf, responseOf, rowsOf } from './open-inference';

const signature: ModelSignature = {
  inputs: [
    signatureInput('origin', { type: 'STRING' }),
    signatureInput('distance', { optional: true }),
    signatureInput('pair', { width: 2 }),
    signatureInput('when', { type: 'INT64' }),
  ],
  outputs: [{ name: 'probability', field: 'probability', type: 'FLOAT', rank: 2, width: 1, meaning: '' }],
};
const tensor = (name: string, datatype: string, shape: number[], data: unknown[]) => ({ name, datatype, shape, data });
const full = () => [
  tensor('origin', 'BYTES', [2], ['SFO', 'JFK']),
  tensor('distance', 'FP32', [2, 1], [1.5, null]),
  tensor(
    'pair',
    'FP64',
    [2, 2],
    [
      [1, 2],
      [3, 4],
    ],
  ),
  tensor('when', 'INT64', [2], [5, 6]),
];
const rows = (inputs: unknown[]) => rowsOf(inferRequest.parse({ inputs }), signature);

describe('gateway > infer > rowsOf', () => {
  it('turns tensors, flat or nested, into one row per request', () => {
    expect(rows(full())).toEqual([
      { origin: 'SFO', distance: 1.5, pair: [1, 2], when: 5 },
      { origin: 'JFK', distance: null, pair: [3, 4], when: 6 },
    ]);
  });

  it('fills an optional input that is left out with null', () => {
    expect(rows(full().filter((one) => one.name !== 'distance'))[0]).toMatchObject({ distance: null });
  });

  it.each([
    ['an unknown input', [...full(), tensor('x', 'FP32', [2], [1, 2])], /no input x/],
    ['a missing input', full().slice(1), /origin is missing/],
    ['unequal rows', [...full().slice(0, 3), tensor('when', 'INT64', [1], [5])], /1 rows/],
    ['a shape that lies', [...full().slice(0, 3), tensor('when', 'INT64', [2], [5])], /shape says 2/],
    ['text for a number', [...full().slice(0, 3), tensor('when', 'BYTES', [2], ['a', 'b'])], /is BYTES/],
    ['a number declared as text', [tensor('origin', 'BYTES', [2], [1, 2]), ...full().slice(1)], /no string/],
    ['a fraction for an integer', [...full().slice(0, 3), tensor('when', 'INT64', [2], [1.5, 2])], /whole number/],
    [
      'null for a required input',
      [tensor('origin', 'BYTES', [2], [null, 'x']), ...full().slice(1)],
      /must not be null/,
    ],
    ['too many rows', [tensor('origin', 'BYTES', [257], new Array(257).fill('x'))], /1 to 256/],
    ['a wrong width', [...full().slice(0, 2), tensor('pair', 'FP64', [2, 1], [1, 2]), full()[3]!], /1 value/],
  ])('refuses %s with a sentence', (_, inputs, message) => {
    expect(() => rows(inputs)).toThrow(message);
  });
});

describe('gateway > infer > responseOf', () => {
  it('puts outputs into row order', () => {
    const row = (value: number) =>
      ({
        outputs: { probability: value },
        decision: { version: 3 },
        releaseRevision: 9,
        warnings: [],
      }) as unknown as PredictionResponse;
    expect(responseOf('late', 'id', [row(0.25), row(0.5)], signature)).toMatchObject({
      model_name: 'late',
      model_version: '3',
      id: 'id',
      outputs: [{ name: 'probability', shape: [2], datatype: 'FP32', data: [0.25, 0.5] }],
    });
  });

  it('describes the endpoint', () => {
    expect(metadataOf('late', '1', signature)).toMatchObject({
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'origin', datatype: 'BYTES', shape: [-1] }, {}, { name: 'pair', shape: [-1, 2] }, {}],
    });
  });
});
