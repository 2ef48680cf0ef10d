import { createTerminal, table } from './terminal.cjs';

function terminal() {
  let output = '';
  let now = 0;
  const out = { write: (text: string) => (output += text), isTTY: false };
  return {
    screen: createTerminal(out, () => now),
    pass: (ms: number) => {
      now += ms;
    },
    text: () => output,
  };
}

describe('supervisor/terminal', () => {
  test('a step ends with its seconds, also when it fails', async () => {
    const { screen, pass, text } = terminal();
    await screen.step('build', async () => pass(1_500));
    await expect(screen.step('start', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(text()).toMatch(/^ {2}✓ build +1\.5 s\n {2}✗ start +0\.0 s\n$/);
  });

  test('a service that floods is cut short with the name of its log, and heard again later', () => {
    const { screen, pass, text } = terminal();
    for (let n = 0; n < 100; n++) screen.serviceLine('toy', 'error', `line ${n}`, 'toy.log');
    expect(text().split('\n').filter(Boolean)).toHaveLength(16);
    expect(text()).toContain('toy: more of this in toy.log');
    pass(10_001);
    screen.serviceLine('toy', 'warn', 'again', 'toy.log');
    expect(text()).toContain('toy: again');
  });

  test('columns of a table stand below each other', () => {
    expect(
      table([
        ['page', 'http://x'],
        ['schema registry', 'http://y'],
      ]),
    ).toBe('  page             http://x\n  schema registry  http://y');
  });
});
