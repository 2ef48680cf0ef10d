import type { FeatureValue, SignatureInput } from '@millrace/contracts';
import { compileInputCheck } from './check-input';

const input = (field: string, change: Partial<SignatureInput> = {}): SignatureInput => ({
  name: field,
  field,
  type: 'FLOAT',
  rank: 2,
  width: 1,
  optional: false,
  closed: false,
  min: null,
  max: null,
  categories: null,
  meaning: '',
  ...change,
});
const check = (inputs: SignatureInput[], features: Record<string, FeatureValue>) =>
  compileInputCheck({ inputs, outputs: [] })(features);

describe('onnx > serving > compileInputCheck', () => {
  it.each([
    ['a plain number', [input('x')], { x: 1 }, null, []],
    ['NaN', [input('x')], { x: Number.NaN }, 'NAN_INPUT:x', []],
    ['infinity', [input('x')], { x: Number.POSITIVE_INFINITY }, 'NAN_INPUT:x', []],
    ['null where a value is required', [input('x')], { x: null }, 'MISSING_INPUT:x', []],
    ['null where it may be missing', [input('x', { optional: true })], { x: null }, null, []],
    ['a value outside an open range', [input('x', { min: 0, max: 9 })], { x: 10 }, null, ['OUT_OF_RANGE:x']],
    ['a value outside a closed range', [input('x', { min: 0, max: 9, closed: true })], { x: -1 }, 'OUT_OF_RANGE:x', []],
    ['the ends of a closed range', [input('x', { min: 0, max: 9, closed: true })], { x: 9 }, null, []],
    [
      'an unseen category',
      [input('c', { type: 'STRING', categories: ['a'] })],
      { c: 'b' },
      null,
      ['UNSEEN_CATEGORY:c'],
    ],
    [
      'an unseen category, closed',
      [input('c', { type: 'STRING', categories: ['a'], closed: true })],
      { c: 'b' },
      'UNSEEN_CATEGORY:c',
      [],
    ],
    ['an array of the right width', [input('v', { width: 2 })], { v: [1, 2] }, null, []],
    ['an array that is too short', [input('v', { width: 2 })], { v: [1] }, 'WRONG_LENGTH:v', []],
    ['NaN inside an array', [input('v', { width: 2 })], { v: [1, Number.NaN] }, 'NAN_INPUT:v', []],
  ] as [string, SignatureInput[], Record<string, FeatureValue>, string | null, string[]][])(
    'judges %s',
    (_, inputs, features, rejection, warnings) => {
      expect(check(inputs, features)).toEqual({ rejection, warnings });
    },
  );

  it('collects every warning, and a rejection wins over them', () => {
    const inputs = [input('x', { max: 0 }), input('c', { type: 'STRING', categories: [] }), input('y')];
    expect(check(inputs, { x: 1, c: 'z', y: 0 }).warnings).toEqual(['OUT_OF_RANGE:x', 'UNSEEN_CATEGORY:c']);
    expect(check(inputs, { x: 1, c: 'z', y: Number.NaN }).rejection).toBe('NAN_INPUT:y');
  });
});
