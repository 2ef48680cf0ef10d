import { checkJsonDepth, MAX_JSON_DEPTH } from './json-depth';

const check = (json: string) => () => checkJsonDepth(Buffer.from(json));
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('gateway > doors > checkJsonDepth', () => {
  it('lets the deepest allowed through and no deeper one', () => {
    expect(check(nested(MAX_JSON_DEPTH))).not.toThrow();
    expect(check(nested(MAX_JSON_DEPTH + 1))).toThrow(/deeper than 32/);
    expect(check('{"a":'.repeat(MAX_JSON_DEPTH + 1))).toThrow();
  });

  it('counts depth, not brackets', () => {
    expect(check(`[${'[],'.repeat(1_000)}0]`)).not.toThrow();
  });

  it.each(['"[[["', '"\\"[[["', '"\\\\"', '"é[[["'])('sees no bracket inside of the text %s', (text) => {
    expect(check(`[${`${text},`.repeat(50)}0]`)).not.toThrow();
  });

  it('sees the brackets behind a text that ends with a backslash', () => {
    expect(check(`{"a\\\\":${'['.repeat(MAX_JSON_DEPTH)}`)).toThrow();
  });
});
