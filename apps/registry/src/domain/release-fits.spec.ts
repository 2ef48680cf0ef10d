import { input, signature } from './domain-fixtures';
import { differences } from './release-fits';

describe('registry > domain > differences', () => {
  it('lets an equal signature fit', () => {
    expect(differences(signature(input('x')), signature(input('x')))).toEqual([]);
  });

  it.each([
    [
      'a missing required input',
      signature(input('x')),
      signature(input('x'), input('y')),
      'input y is not a request field',
    ],
    [
      'text where a number is wanted',
      signature(input('x', { type: 'STRING' })),
      signature(input('x')),
      'input x is FLOAT, the request field is STRING',
    ],
    [
      'another width',
      signature(input('x', { width: 3 })),
      signature(input('x')),
      'input x has 1 values, the request field 3',
    ],
    [
      'null where a value is required',
      signature(input('x', { optional: true })),
      signature(input('x')),
      'input x is required, the request field may be null',
    ],
    [
      'a 64-bit integer into a float',
      signature(input('x', { type: 'INT64' })),
      signature(input('x')),
      'input x is FLOAT, the request field is INT64',
    ],
  ])('names %s', (_, endpoint, version, difference) => {
    expect(differences(endpoint, version)).toEqual([difference]);
  });

  it('lets a version ignore request fields and do without an optional input', () => {
    expect(
      differences(signature(input('x'), input('y')), signature(input('x'), input('z', { optional: true }))),
    ).toEqual([]);
  });

  it('names outputs that are missing and outputs that are new', () => {
    const other = {
      inputs: [input('x')],
      outputs: [{ name: 'q', field: 'q', type: 'FLOAT' as const, rank: 2, width: 1, meaning: '' }],
    };
    expect(differences(signature(input('x')), other)).toEqual([
      'output p: FLOAT[1] is missing',
      'output q: FLOAT[1] is not in the response',
    ]);
  });
});
