import { parseRule } from './source';

describe('cli > parseRule', () => {
  it.each([
    ['delay:between:-180..3000', { kind: 'BETWEEN', column: 'delay', min: -180, max: 3000 }],
    ['delay:between:..3000', { kind: 'BETWEEN', min: null, max: 3000 }],
    ['origin:not-null', { kind: 'NOT_NULL', column: 'origin' }],
    ['state:in:CA,NY', { kind: 'IN_SET', values: ['CA', 'NY'] }],
  ])('reads %s', (text, rule) => {
    expect(parseRule(text, 0, 'me')).toMatchObject({ id: 'rule-1', owner: 'me', severity: 'ERROR', ...rule });
  });

  it.each(['delay', 'delay:between:3', ':not-null', 'x:in:'])('refuses %s', (text) => {
    expect(() => parseRule(text, 0, 'me')).toThrow(/is no rule/);
  });
});
