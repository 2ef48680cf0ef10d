import { allocateColumn, getValue, type Scalar, setValue, type TensorInfo } from './tensor-columns';

const info = (type: TensorInfo['type']): TensorInfo => ({ name: 'x', type, rank: 2, width: 1 });

describe('onnx > tensor columns', () => {
  it.each([
    ['FLOAT', 1.5, 1.5],
    ['FLOAT', null, Number.NaN],
    ['DOUBLE', 0.1, 0.1],
    ['INT32', -7, -7],
    ['INT64', 2 ** 53 - 1, 2 ** 53 - 1],
    ['STRING', 'SFO', 'SFO'],
    ['STRING', null, ''],
    ['BOOL', true, true],
  ] as [TensorInfo['type'], Scalar, Scalar][])('%s carries %p as %p', (type, value, back) => {
    const column = allocateColumn(info(type), 2);
    setValue(column, 1, value);
    expect(getValue(column, 1, type)).toEqual(back);
  });

  it('refuses an INT64 that no number holds', () => {
    expect(() => getValue(new BigInt64Array([2n ** 60n]), 0, 'INT64')).toThrow(RangeError);
  });
});
