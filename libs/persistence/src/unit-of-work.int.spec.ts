import { AppError, InfrastructureError, silentLogger, TransientError } from '@millrace/contracts';
import { FaultProxy, withTestSchema } from '@millrace/testing';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source';
import { UnitOfWork } from './unit-of-work';

const counterOf = async (source: DataSource, id: string): Promise<number | undefined> => {
  const [row]: { value: number }[] = await source.query('SELECT value FROM counters WHERE id = $1', [id]);
  return row?.value;
};

describe('persistence/unit-of-work', () => {
  const schema = withTestSchema({ poolSize: 4, statementTimeoutMs: 1_000, connectTimeoutMs: 1_000 });
  const set = (work: UnitOfWork, id: string, value: number) =>
    work.manager.query('INSERT INTO counters VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value', [
      id,
      value,
    ]);

  beforeAll(() => schema.dataSource.query('CREATE TABLE counters (id text PRIMARY KEY, value int NOT NULL)'));

  it('commits what the work did and gives its result', async () => {
    const { unitOfWork } = schema;
    expect(await unitOfWork.run(async () => set(unitOfWork, 'commit', 1).then(() => 'done'))).toBe('done');
    expect(await counterOf(schema.dataSource, 'commit')).toBe(1);
  });

  it('rolls back when the work throws, and the error comes out as it is', async () => {
    const { unitOfWork } = schema;
    const error = new RangeError('mine');
    await expect(
      unitOfWork.run(async () => {
        await set(unitOfWork, 'rollback', 1);
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await counterOf(schema.dataSource, 'rollback')).toBeUndefined();
  });

  it('a run inside a run joins it: both vanish together', async () => {
    const { unitOfWork } = schema;
    await expect(
      unitOfWork.run(async (outer) => {
        await unitOfWork.run(async (inner) => {
          expect(inner).toBe(outer);
          await set(unitOfWork, 'inner', 1);
        });
        throw new Error('outer');
      }),
    ).rejects.toThrow('outer');
    expect(await counterOf(schema.dataSource, 'inner')).toBeUndefined();
  });

  it('two at once do not see each other', async () => {
    const { unitOfWork } = schema;
    await Promise.all(
      ['left', 'right'].map((id, value) =>
        unitOfWork.run(async (manager) => {
          await new Promise(setImmediate);
          expect(unitOfWork.manager).toBe(manager);
          await set(unitOfWork, id, value);
        }),
      ),
    );
    expect(await counterOf(schema.dataSource, 'right')).toBe(1);
  });

  it('outside of a run there is no manager', () => {
    expect(() => schema.unitOfWork.manager).toThrow('UnitOfWork.run');
    expect(schema.unitOfWork.isOpen).toBe(false);
  });

  it('serialization failures: the whole work runs again until every increment counts', async () => {
    const { unitOfWork } = schema;
    await unitOfWork.run(() => set(unitOfWork, 'serial', 0));
    let runs = 0;
    const increment = async () => {
      runs += 1;
      const [row]: { value: number }[] = await unitOfWork.manager.query(
        "SELECT value FROM counters WHERE id = 'serial'",
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      await set(unitOfWork, 'serial', row.value + 1);
    };
    await Promise.all([1, 2, 3].map(() => unitOfWork.run(increment, 'SERIALIZABLE')));
    expect(await counterOf(schema.dataSource, 'serial')).toBe(3);
    expect(runs).toBeGreaterThan(3);
  });

  it('a deadlock: one side runs again, both get through', async () => {
    const { unitOfWork } = schema;
    await unitOfWork.run(async () => {
      await set(unitOfWork, 'a', 0);
      await set(unitOfWork, 'b', 0);
    });
    let meeting = 0;
    let meet = () => {};
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    // Postgres looks for a deadlock after a lock was waited for 1 s, and this suite's statements end after 1 s.
    const patient = await createDataSource({ ...schema.settings, statementTimeoutMs: 10_000 }, silentLogger);
    const work = new UnitOfWork(patient);
    const swap = (first: string, second: string, value: number) =>
      work.run(async () => {
        await set(work, first, value);
        meeting += 1;
        if (meeting === 2) meet();
        await met;
        await set(work, second, value);
      });
    await Promise.all([swap('a', 'b', 1), swap('b', 'a', 2)]);
    expect(meeting).toBe(3);
    expect(await counterOf(schema.dataSource, 'a')).toBe(await counterOf(schema.dataSource, 'b'));
    await patient.destroy();
  });

  it('gives up after the attempts, with a transient error', async () => {
    const work = new UnitOfWork(schema.dataSource, { attempts: 2, random: () => 0 });
    let runs = 0;
    const conflict = work.run(async (manager) => {
      runs += 1;
      await manager.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
    });
    await expect(conflict).rejects.toBeInstanceOf(TransientError);
    await expect(conflict).rejects.toMatchObject({ code: 'DATABASE_CONFLICT' });
    expect(runs).toBe(2);
  });

  it('a statement that takes too long is transient', async () => {
    const slow = schema.unitOfWork.run((manager) => manager.query('SELECT pg_sleep(3)'));
    await expect(slow).rejects.toMatchObject({ code: 'DATABASE_TIMEOUT', retriable: true });
  });

  it('a broken constraint is not retriable and is named', async () => {
    const broken = schema.unitOfWork.run((manager) => manager.query("INSERT INTO counters VALUES ('x', 1), ('x', 2)"));
    await expect(broken).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      retriable: false,
      context: { sqlState: '23505', constraint: 'counters_pkey' },
    });
  });

  it('a connection ended by the server: infrastructure, and the next run works', async () => {
    const killed = schema.unitOfWork.run(async (manager) => {
      const [{ pid }]: { pid: number }[] = await manager.query('SELECT pg_backend_pid() AS pid');
      await schema.dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
      await manager.query('SELECT 1');
    });
    await expect(killed).rejects.toBeInstanceOf(InfrastructureError);
    await expect(killed).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
    expect(await schema.unitOfWork.run(async () => 'fine')).toBe('fine');
  });

  it('all connections taken: infrastructure, after the connect timeout', async () => {
    let free = () => {};
    const wait = new Promise<void>((resolve) => {
      free = resolve;
    });
    const holders = [1, 2, 3, 4].map(() => schema.unitOfWork.run(() => wait));
    await expect(schema.unitOfWork.run(async () => {})).rejects.toMatchObject({ code: 'DATABASE_NO_CONNECTION' });
    free();
    await Promise.all(holders);
  });
});

describe('persistence/unit-of-work/network', () => {
  const schema = withTestSchema();
  let proxy: FaultProxy;
  let source: DataSource;
  let work: UnitOfWork;
  const insert = (id: string) => work.manager.query('INSERT INTO counters VALUES ($1, 1)', [id]);

  beforeAll(async () => {
    await schema.dataSource.query('CREATE TABLE counters (id text PRIMARY KEY, value int NOT NULL)');
    const url = new URL(schema.settings.url);
    proxy = await FaultProxy.start({ target: url.host });
    url.host = proxy.address;
    source = await createDataSource(
      { ...schema.settings, url: url.href, poolSize: 1, statementTimeoutMs: 200, connectTimeoutMs: 500 },
      silentLogger,
    );
    work = new UnitOfWork(source);
  });

  afterAll(async () => {
    await source.destroy();
    await proxy.close();
  });

  it('the link is cut after COMMIT was sent: the outcome is unknown, and was a commit', async () => {
    const cut = work.run(async () => {
      await insert('committed');
      proxy.cutAfterBytes(0);
    });
    await expect(cut).rejects.toBeInstanceOf(InfrastructureError);
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_COMMIT_UNKNOWN' });
    expect(await counterOf(schema.dataSource, 'committed')).toBe(1);
  });

  it('the link is cut before COMMIT arrives: the outcome is unknown, and was none', async () => {
    const cut = work.run(async () => {
      await insert('lost');
      proxy.cutAfterBytes(0, 'request');
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_COMMIT_UNKNOWN' });
    expect(await counterOf(schema.dataSource, 'lost')).toBeUndefined();
  });

  it('the database is away: refused at once, and back again', async () => {
    await proxy.refuse();
    await proxy.cut();
    await expect(work.run(() => insert('away'))).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
    await proxy.accept();
    await work.run(() => insert('back'));
    expect(await counterOf(schema.dataSource, 'back')).toBe(1);
  });

  it('a network that swallows everything: the client gives up, throws the connection away and recovers', async () => {
    const swallowed = work.run(async () => {
      proxy.blackhole();
      await insert('swallowed');
    });
    await expect(swallowed).rejects.toBeInstanceOf(AppError);
    await expect(swallowed).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
    proxy.heal();
    await work.run(() => insert('healed'));
    expect(await counterOf(schema.dataSource, 'healed')).toBe(1);
  });
});
