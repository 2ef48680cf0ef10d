import { silentLogger } from '@millrace/contracts';
import { MemoryLog } from '../../test/memory-log';
import { setCompatibility } from '../domain/configure-compatibility';
import { registerSchema } from '../domain/register-schema';
import type { Refused } from '../refused';
import { LogWriter } from './log-writer';
import { SchemaLog } from './schema-log';

/** One instance of the registry over a log that it shares with others. */
class Instance {
  readonly log: SchemaLog;
  readonly writer: LogWriter;

  constructor(memory: MemoryLog, writeTimeoutMs = 2_000) {
    const client = memory.client();
    this.log = new SchemaLog(client, 'BACKWARD', silentLogger);
    this.writer = new LogWriter(
      client,
      this.log,
      silentLogger,
      { now: () => 1_000 },
      { writeTimeoutMs, tryAgainMs: 5 },
    );
    this.log.start();
    this.writer.start();
  }

  register = (subject: string, text: string) =>
    this.writer.write((state) => registerSchema(state, subject, text, () => []));

  async stop(): Promise<void> {
    await this.writer.stop();
    await this.log.stop();
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    (answer) => ({ accepted: answer }),
    (error: Refused) => ({
      status: error.refusal.status,
      errorCode: error.refusal.errorCode,
      retryAfterS: error.retryAfterS,
    }),
  );

describe('schema-registry/log-writer', () => {
  let memory: MemoryLog;
  const instances: Instance[] = [];
  const start = (writeTimeoutMs?: number) => {
    const instance = new Instance(memory, writeTimeoutMs);
    instances.push(instance);
    return instance;
  };
  const writer = async (writeTimeoutMs?: number) => {
    const instance = start(writeTimeoutMs);
    await until(() => instance.writer.role === 'writer');
    return instance;
  };

  beforeEach(() => {
    memory = new MemoryLog();
  });
  afterEach(async () => {
    memory.away = false;
    await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  });

  it('answers a write after its own reader has folded it', async () => {
    const instance = await writer();
    expect(await instance.register('s', '"int"')).toEqual({ id: 1 });
    expect(instance.log.current.versions('s', false)).toHaveLength(1);
    expect(memory.records).toHaveLength(1);
  });

  it('decides writes one after the other, so that none sees half of another', async () => {
    const instance = await writer();
    const texts = Array.from({ length: 20 }, (_, index) => `"${index % 10}"`);
    const ids = await Promise.all(texts.map((text) => instance.register('s', text)));
    expect(ids.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(memory.records).toHaveLength(10);
  });

  it('goes on with the state of the log', async () => {
    const first = await writer();
    await first.register('s', '"int"');
    await first.writer.write((state) => setCompatibility(state, 's', 'FULL'));
    const second = await writer();
    expect(second.log.current.levelInForce('s')).toBe('FULL');
    expect(await second.register('s', '"int"')).toEqual({ id: 1 });
    expect(await second.register('s', '"long"')).toEqual({ id: 2 });
  });

  it('is fenced by a newer instance: it answers reads, no writes, and never takes the log back', async () => {
    const older = await writer();
    await older.register('s', '"int"');
    const newer = await writer();
    expect(await refusalOf(older.register('s', '"long"'))).toEqual({ status: 503, errorCode: 50003, retryAfterS: 5 });
    expect(older.writer.role).toBe('fenced');
    expect(await newer.register('s', '"long"')).toEqual({ id: 2 });
    await until(() => older.log.current.versions('s', false).length === 2);
    expect(await refusalOf(older.register('s', '"float"'))).toMatchObject({ errorCode: 50003 });
    expect(newer.writer.role).toBe('writer');
  });

  it('a write that failed is tried once more', async () => {
    const instance = await writer();
    memory.fault = 'produce fails';
    expect(await instance.register('s', '"int"')).toEqual({ id: 1 });
    expect(memory.records).toHaveLength(1);
  });

  it('a commit whose answer is lost is found, not written twice', async () => {
    const instance = await writer();
    memory.fault = 'commit loses its answer';
    expect(await instance.register('s', '"int"')).toEqual({ id: 1 });
    expect(memory.records).toHaveLength(1);
  });

  it('a commit that did not happen is written again', async () => {
    const instance = await writer();
    memory.fault = 'commit fails';
    expect(await instance.register('s', '"int"')).toEqual({ id: 1 });
    expect(memory.records).toHaveLength(1);
  });

  it('answers 503 while the log is away, reads from memory, and resumes by itself', async () => {
    const instance = await writer();
    await instance.register('s', '"int"');
    memory.away = true;
    expect(await refusalOf(instance.register('s', '"long"'))).toMatchObject({
      status: 503,
      errorCode: 50001,
      retryAfterS: 5,
    });
    expect(await refusalOf(instance.register('s', '"long"'))).toMatchObject({ status: 503, errorCode: 50001 });
    expect(instance.log.current.versions('s', false)).toHaveLength(1);
    memory.away = false;
    await until(() => instance.writer.role === 'writer');
    expect(await instance.register('s', '"long"')).toEqual({ id: 2 });
  });

  it('a newer instance that came while the log was away stays the writer', async () => {
    const older = await writer();
    memory.away = true;
    expect(await refusalOf(older.register('s', '"int"'))).toMatchObject({ status: 503 });
    const newer = start();
    memory.away = false;
    // Whoever asks first after the outage owns the id for a moment; the newest keeps it.
    await until(() => newer.writer.role === 'writer');
    await until(() => older.writer.role !== 'recovering');
    expect(await newer.register('s', '"int"')).toEqual({ id: 1 });
    expect(await refusalOf(older.register('s', '"long"'))).toMatchObject({ status: 503, errorCode: 50003 });
  });

  it('says 503 before the log has been read to its end', async () => {
    memory.away = true;
    const instance = start();
    expect(() => instance.log.current).toThrow(/still reading/);
    expect(await refusalOf(instance.register('s', '"int"'))).toMatchObject({ status: 503, errorCode: 50001 });
    expect(instance.log.reason).not.toBeNull();
  });

  it('answers 503 when a write is not confirmed in time', async () => {
    const instance = await writer(30);
    const slow = new Promise<void>((resolve) => setTimeout(resolve, 200));
    jest.spyOn(instance.log, 'reached').mockReturnValueOnce(slow);
    expect(await refusalOf(instance.register('s', '"int"'))).toEqual({ status: 503, errorCode: 50002, retryAfterS: 5 });
  });

  it('skips records that no registry would write, and counts them', async () => {
    memory.append({ key: 'rubbish', value: '{}' }, { key: '{"keytype":"NOOP","magic":0}', value: null });
    memory.append({
      key: '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}',
      value: '{"subject":"s","version":1,"id":4,"schema":"\\"int\\"","deleted":false}',
    });
    const instance = await writer();
    expect(instance.log.unreadable).toBe(1);
    expect(await instance.register('s', '"int"')).toEqual({ id: 4 });
    expect(await instance.register('s', '"long"')).toEqual({ id: 5 });
  });
});
