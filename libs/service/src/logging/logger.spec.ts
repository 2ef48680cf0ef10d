import { AppError } from '@millrace/contracts';
import { createLogger } from './logger';

const CANARY = 'canary-4711-sings';
const URL_WITH_PASSWORD = 'postgres://registry:p%40ss-word-77@db:5432/millrace';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, secrets: string[] = []): string[] {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  write(createLogger({ service: 'registry', instance: 'host:1', level: 'debug', secrets, stream }));
  return lines;
}

const only = (lines: string[]): Record<string, unknown> => JSON.parse(lines[0] as string) as Record<string, unknown>;

describe('service/logger', () => {
  it('writes one JSON object a line with level, time, service and instance', () => {
    const lines = logged((logger) => logger.info({ rows: 3 }, 'Cut a data set'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(only(lines)).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'registry',
      instance: 'host:1',
      rows: 3,
      msg: 'Cut a data set',
    });
  });

  it('keeps the fields of every ancestor', () => {
    const line = only(
      logged((logger) => logger.child({ a: 1 }).child({ b: 2 }).child({ password: 'x' }).info({}, 'm')),
    );
    expect(line).toMatchObject({ service: 'registry', a: 1, b: 2, password: '***' });
  });

  it('writes an AppError with its code, context, stack and cause', () => {
    const cause = new Error('connection reset');
    const err = new AppError({ code: 'X', message: 'It broke', retriable: true, cause, context: { topic: 't' } });
    expect(only(logged((logger) => logger.error({ err }, 'Failed'))).err).toMatchObject({
      type: 'AppError',
      code: 'X',
      retriable: true,
      message: 'It broke',
      context: { topic: 't' },
      stack: expect.stringContaining('logger.spec'),
      cause: { message: 'connection reset' },
    });
  });

  it('survives what JSON cannot say: cycles, big integers, buffers, broken dates, depth', () => {
    const cycle: Record<string, unknown> = { name: 'ring' };
    cycle.self = cycle;
    let deep: object = {};
    for (let i = 0; i < 50; i++) deep = { deep };
    const fields = { cycle, n: 10n, b: Buffer.alloc(7), at: new Date(Number.NaN), deep, list: new Array(500).fill(1) };
    const line = only(logged((logger) => logger.info(fields, 'odd')));
    expect(line).toMatchObject({
      cycle: { name: 'ring', self: '[circular]' },
      n: '10',
      b: '[7 bytes]',
      at: 'Invalid Date',
    });
    expect(JSON.stringify(line).length).toBeLessThan(2_000);
  });

  describe('keeps canary secrets out of', () => {
    const cases: [string, (logger: ReturnType<typeof createLogger>) => void][] = [
      ['a field named password', (logger) => logger.info({ password: CANARY }, 'm')],
      ['a field named apiKey', (logger) => logger.info({ apiKey: CANARY }, 'm')],
      ['a field named KAFKA_SASL_PASSWORD', (logger) => logger.info({ KAFKA_SASL_PASSWORD: CANARY }, 'm')],
      ['a field named key', (logger) => logger.info({ key: CANARY }, 'm')],
      ['a nested field', (logger) => logger.info({ a: [{ b: { authorization: CANARY } }] }, 'm')],
      ['a map', (logger) => logger.info({ headers: new Map([['x-api-token', CANARY]]) }, 'm')],
      ['an object under a secret name', (logger) => logger.info({ secrets: { one: CANARY } }, 'm')],
      ['a child logger', (logger) => logger.child({ clientSecret: CANARY }).info({}, 'm')],
      ['a bearer header in a text', (logger) => logger.info({ header: `Bearer ${CANARY}` }, 'm')],
      ['a URL', (logger) => logger.info({ url: `postgres://user:${CANARY}@host/db` }, 'm')],
      ['the message of an error', (logger) => logger.error({ err: new Error(`amqp://u:${CANARY}@h refused`) }, 'm')],
      ['the context of an error', (logger) => logger.error({ err: withContext({ token: CANARY }) }, 'm')],
      [
        'a private key',
        (logger) => logger.info({ pem: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----` }, 'm'),
      ],
    ];
    it.each(cases)('%s', (_, write) => {
      const lines = logged(write);
      expect(lines).toHaveLength(1);
      expect(lines.join()).not.toContain(CANARY);
    });

    it('any place at all when the secret is a setting', () => {
      const lines = logged(
        (logger) => {
          logger.info({ innocent: `is ${CANARY} here` }, `and ${CANARY} there`);
          logger.child({ also: CANARY }).warn({ list: [CANARY] }, 'm');
          logger.error({ err: new Error('password authentication failed for p@ss-word-77') }, 'm');
        },
        [CANARY, URL_WITH_PASSWORD],
      );
      expect(lines).toHaveLength(3);
      expect(lines.join()).not.toContain(CANARY);
      expect(lines.join()).not.toContain('p@ss-word-77');
      for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    });
  });

  it('leaves names that only sound secret', () => {
    const fields = { keyId: 'gateway-1', monkey: 'rhesus', publicKey: 'abc', tokenised: 'yes' };
    expect(only(logged((logger) => logger.info(fields, 'm')))).toMatchObject(fields);
  });
});

function withContext(context: Record<string, unknown>): AppError {
  return new AppError({ code: 'X', message: 'm', retriable: false, context });
}
