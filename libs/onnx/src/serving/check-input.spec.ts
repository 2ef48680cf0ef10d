import { expectationOf, type FeatureValue, type SignatureInput, signatureInput } from '@millrace/contracts';
import { compileInputCheck } from './check-input';

const check = (inputs: SignatureInput[], features: Record<string, FeatureValue>) =>
  compileInputCheck({ inputs, outputs: [] })(features);

describe('onnx > serving > compileInputCheck', () => {
  it.each([
    ['a plain number', [signatureInput('x')], { x: 1 }, null, []],
    ['NaN', [signatureInput('x')], { x: Number.NaN }, 'NAN_INPUT:x', []],
    ['infinity', [signatureInput('x')], { x: Number.POSITIVE_INFINITY }, 'NAN_INPUT:x', []],
    ['null where a value is required', [signatureInput('x')], { x: null }, 'MISSING_INPUT:x', []],
    ['null where it may be missing', [signatureInput('x', { optional: true })], { x: null }, null, []],
    ['a value outside an open range', [signatureInput('x', { min: 0, max: 9 })], { x: 10 }, null, ['OUT_OF_RANGE:x']],
    [
      'a value outside a closed range',
      [signatureInput('x', { min: 0, max: 9, closed: true })],
      { x: -1 },
      'OUT_OF_RANGE:x',
      [],
    ],
    ['the ends of a closed range', [signatureInput('x', { min: 0, max: 9, closed: true })], { x: 9 }, null, []],
    [
      'an unseen category',
      [signatureInput('c', { type: 'STRING', categories: ['a'] })],
      { c: 'b' },
      null,
      ['UNSEEN_CATEGORY:c'],
    ],
    [
      'an unseen category, closed',
      [signatureInput('c', { type: 'STRING', categories: ['a'], closed: true })],
      { c: 'b' },
      'UNSEEN_CATEGORY:c',
      [],
    ],
    [
      'a text that goes on after U+0000, whatever it begins with',
      [signatureInput('c', { type: 'STRING', categories: ['a'] })],
      { c: 'a\0b' },
      null,
      ['UNSEEN_CATEGORY:c'],
    ],
    [
      'a text that ends in U+0000, closed',
      [signatureInput('c', { type: 'STRING', categories: ['a'], closed: true })],
      { c: 'a\0' },
      'UNSEEN_CATEGORY:c',
      [],
    ],
    ['an array of the right width', [signatureInput('v', { width: 2 })], { v: [1, 2] }, null, []],
    ['an array that is too short', [signatureInput('v', { width: 2 })], { v: [1] }, 'WRONG_LENGTH:v', []],
    ['NaN inside an array', [signatureInput('v', { width: 2 })], { v: [1, Number.NaN] }, 'NAN_INPUT:v', []],
  ] as [string, SignatureInput[], Record<string, FeatureValue>, string | null, string[]][])(
    'judges %s',
    (_, inputs, features, rejection, warnings) => {
      expect(check(inputs, features)).toEqual({ rejection, warnings });
    },
  );

  it('checks what the release expects after the signature: ERROR rejects, WARNING warns, in their order', () => {
    const rules = [
      expectationOf({ id: 'short', kind: 'BETWEEN', column: 'x', max: 5, severity: 'WARNING' }),
      expectationOf({ id: 'known', kind: 'IN_SET', column: 'c', values: ['a'] }),
      expectationOf({ id: 'there', kind: 'NOT_NULL', column: 'y', severity: 'WARNING' }),
      expectationOf({ id: 'of data sets', kind: 'BETWEEN', column: 'x', max: 0, tolerance: 0.1 }),
    ];
    const inputs = [
      signatureInput('x', { max: 9 }),
      signatureInput('c', { type: 'STRING' }),
      signatureInput('y', { optional: true }),
    ];
    const judge = compileInputCheck({ inputs, outputs: [] }, rules);
    expect(judge({ x: 1, c: 'a', y: 0 })).toEqual({ rejection: null, warnings: [] });
    expect(judge({ x: 10, c: 'a', y: null })).toEqual({
      rejection: null,
      warnings: ['OUT_OF_RANGE:x', 'EXPECTATION_BROKEN:short', 'EXPECTATION_BROKEN:there'],
    });
    expect(judge({ x: 10, c: 'b', y: 0 })).toEqual({ rejection: 'EXPECTATION_BROKEN:known', warnings: [] });
    expect(judge({ x: Number.NaN, c: 'b', y: 0 }).rejection).toBe('NAN_INPUT:x');
  });

  it('collects every warning, and a rejection wins over them', () => {
    const inputs = [
      signatureInput('x', { max: 0 }),
      signatureInput('c', { type: 'STRING', categories: [] }),
      signatureInput('y'),
    ];
    expect(check(inputs, { x: 1, c: 'z', y: 0 }).warnings).toEqual(['OUT_OF_RANGE:x', 'UNSEEN_CATEGORY:c']);
    expect(check(inputs, { x: 1, c: 'z', y: Number.NaN }).rejection).toBe('NAN_INPUT:y');
  });
});
