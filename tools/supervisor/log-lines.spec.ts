import { isForTerminal, lineSplitter, toEntry } from './log-lines.cjs';

const context = { service: 'toy', isError: false, now: 0 };

describe('supervisor/log-lines', () => {
  test('chunks are cut into lines, whatever the cuts between chunks', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line: string) => lines.push(line));
    for (const chunk of ['on', 'e\r\ntw', 'o\n\n', 'three']) splitter.write(chunk);
    splitter.end();
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  test('a line without an end is cut at 64 KiB and nothing of it is lost', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line: string) => lines.push(line));
    splitter.write('x'.repeat(200_000));
    splitter.end();
    expect(lines.map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
  });

  test('a JSON line passes unchanged, with the level of pino and the message of its error', () => {
    const line = '{"level":50,"msg":"could not commit","err":{"message":"no route"}}';
    expect(toEntry(line, context)).toEqual({ json: line, level: 'error', text: 'could not commit: no route' });
  });

  test('other text is wrapped; what came on standard error is an error', () => {
    const entry = toEntry('TypeError: x is not a function', { ...context, isError: true });
    expect(JSON.parse(entry.json)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'error',
      service: 'toy',
      msg: 'TypeError: x is not a function',
    });
  });

  test('torn JSON is text', () => {
    expect(toEntry('{"level":50,"msg":', context).level).toBe('info');
  });

  test("PostgreSQL's own levels are understood", () => {
    const line = '2026-01-01 00:00:00.000 UTC [42] FATAL:  the database system is starting up';
    expect(toEntry(line, { ...context, isError: true })).toMatchObject({
      level: 'error',
      text: 'the database system is starting up',
    });
    expect(toEntry(line.replace('FATAL', 'LOG'), { ...context, isError: true }).level).toBe('info');
  });

  test('a person sees warnings and errors only', () => {
    expect(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].filter(isForTerminal)).toEqual([
      'warn',
      'error',
      'fatal',
    ]);
  });
});
