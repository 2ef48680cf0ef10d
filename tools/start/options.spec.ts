import { parseOptions } from './options.cjs';

describe('start/options', () => {
  test('without arguments the example is loaded and the page opened', () => {
    expect(parseOptions([])).toEqual({ help: false, reset: false, demo: true, browser: true, rows: '200000' });
  });

  test('all of them', () => {
    expect(parseOptions(['--reset', '--no-demo', '--no-browser', '--rows', 'all', '--help'])).toEqual({
      help: true,
      reset: true,
      demo: false,
      browser: false,
      rows: 'all',
    });
    expect(parseOptions(['--rows=5000']).rows).toBe('5000');
  });

  test.each([[['--rows']], [['--rows', '0']], [['--rows', '1e9']], [['--rows=x']]])(
    '%j is refused with the range',
    (args) => {
      expect(() => parseOptions(args)).toThrow(/number from 1 to 3000000/);
    },
  );

  test('an unknown option is refused with the way to help', () => {
    expect(() => parseOptions(['--rest'])).toThrow('There is no option --rest. Type: npm start -- --help');
  });
});
