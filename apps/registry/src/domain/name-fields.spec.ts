import { input } from './domain-fixtures';
import { fieldName, nameFields } from './name-fields';

describe('registry > domain > nameFields', () => {
  it.each([
    ['distance', 'distance'],
    ['input:0', 'input_0'],
    ['0', '_0'],
    ['a b/c', 'a_b_c'],
  ])('%s becomes %s', (name, field) => {
    expect(fieldName(name)).toBe(field);
  });

  it('keeps the ONNX name beside the field', () => {
    expect(nameFields({ inputs: [input('x:0')], outputs: [] })).toMatchObject({
      signature: { inputs: [{ name: 'x:0', field: 'x_0' }] },
    });
  });

  it('refuses names that collide', () => {
    expect(nameFields({ inputs: [input('x.0'), input('x:0')], outputs: [] })).toMatchObject({
      reasonCode: 'FIELD_COLLISION',
      reason: expect.stringContaining('x.0 and x:0'),
    });
  });
});
