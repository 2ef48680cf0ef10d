import { createServer } from 'node:net';
import { AppError, InfrastructureError, type Logger, silentLogger } from '@millrace/contracts';
import { eventually, testGround, uniqueName, withTestSchema } from '@millrace/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource, pingDatabase } from './data-source';
import type { DatabaseSettings } from './settings';
import { BaseTables1700000000000 } from './tables/base-tables.migration';
import { undeclaredTables } from './tables/table-registry';

class CountRuns1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE runs (run serial PRIMARY KEY)');
    await runner.query('INSERT INTO runs DEFAULT VALUES');
    await runner.query('SELECT pg_sleep(0.1)');
  }
  async down(): Promise<void> {}
}

class Broken1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('CREATE TABEL typo (id int)');
  }
  async down(): Promise<void> {}
}

const failure = async (settings: DatabaseSettings): Promise<AppError> => {
  try {
    await createDataSource(settings, silentLogger);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It opened.');
};
const everythingIn = (error: AppError) => JSON.stringify([error.message, error.stack, error.context, `${error.cause}`]);

describe('persistence/data-source/migrations', () => {
  const schema = withTestSchema();

  it('several processes at once: each migration runs once', async () => {
    const settings = {
      ...schema.settings,
      schema: `${schema.settings.schema}_m`,
      migrations: [BaseTables1700000000000, CountRuns1700000000001],
    };
    const sources = await Promise.all([1, 2, 3].map(() => createDataSource(settings, silentLogger)));
    expect(await sources[0].query('SELECT run FROM runs')).toEqual([{ run: 1 }]);
    expect(await sources[1].query('SELECT name FROM schema_migrations ORDER BY id')).toEqual([
      { name: 'BaseTables1700000000000' },
      { name: 'CountRuns1700000000001' },
    ]);
    await sources[0].query(`DROP SCHEMA ${settings.schema} CASCADE`);
    await Promise.all(sources.map((source) => source.destroy()));
  });

  it('a failed migration leaves no trace and is named', async () => {
    const settings = { ...schema.settings, migrations: [BaseTables1700000000000, Broken1700000000002] };
    const error = await failure(settings);
    expect(error).toMatchObject({ code: 'MIGRATION_FAILED', retriable: false });
    expect(error.message).toContain('TABEL');
    expect(await schema.dataSource.query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  });

  it('the base tables are declared', async () => {
    expect(await undeclaredTables(schema.dataSource)).toEqual([]);
    await schema.dataSource.query('CREATE TABLE stray (id int)');
    expect(await undeclaredTables(schema.dataSource)).toEqual(['stray']);
  });

  it('a role that owns its schema and may make none can migrate it; a foreign schema is forbidden', async () => {
    const role = `r_${uniqueName()}`;
    const database = new URL(schema.settings.url).pathname.slice(1);
    const own = new URL(schema.settings.url);
    own.username = role;
    own.password = 'role-secret';
    await schema.dataSource.query(`CREATE ROLE ${role} LOGIN PASSWORD 'role-secret'`);
    await schema.dataSource.query(`GRANT CONNECT ON DATABASE "${database}" TO ${role}`);
    await schema.dataSource.query(`CREATE SCHEMA ${role} AUTHORIZATION ${role}`);
    try {
      const settings = { ...schema.settings, url: own.href, schema: role };
      const source = await createDataSource(settings, silentLogger);
      expect(await source.query('SELECT count(*) FROM inbox')).toEqual([{ count: '0' }]);
      await source.destroy();
      expect(await failure({ ...settings, schema: schema.settings.schema })).toMatchObject({
        code: 'DATABASE_FORBIDDEN',
      });
    } finally {
      await schema.dataSource.query(`DROP SCHEMA ${role} CASCADE`);
      await schema.dataSource.query(`REVOKE ALL ON DATABASE "${database}" FROM ${role}`);
      await schema.dataSource.query(`DROP ROLE ${role}`);
    }
  });
});

describe('persistence/data-source/wrong-settings', () => {
  const good = testGround().databaseUrl;
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good);
    change(url);
    return { url: url.href, schema: `t_${uniqueName()}`, connectTimeoutMs: 500 };
  };

  it('a wrong password: a clear error without the password', async () => {
    const error = await failure(
      changed((url) => {
        url.password = 'wrong-secret';
      }),
    );
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error).toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
    expect(error.message).toContain('Correct user and password');
    expect(everythingIn(error)).not.toContain('wrong-secret');
  });

  it('an unknown database', async () => {
    const error = await failure(
      changed((url) => {
        url.pathname = '/nowhere';
      }),
    );
    expect(error).toMatchObject({ code: 'DATABASE_MISSING' });
    expect(everythingIn(error)).not.toContain(new URL(good).password);
  });

  it('nobody at the port', async () => {
    const error = await failure(
      changed((url) => {
        url.port = '1';
      }),
    );
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error).toMatchObject({ code: 'DATABASE_AWAY' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('a port that never answers is given up after the connect timeout', async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const error = await failure(
      changed((url) => {
        url.port = String(port);
      }),
    );
    expect(error).toBeInstanceOf(InfrastructureError);
    mute.close();
  });
});

describe('persistence/data-source/pool', () => {
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message), child: () => logger };
  const schema = withTestSchema({ logger, poolSize: 2, applicationName: `pool-${uniqueName()}` });
  const outside = withTestSchema();

  it('the loss of idle connections is logged, and the next statement opens a new one', async () => {
    await Promise.all([schema.dataSource.query('SELECT 1'), schema.dataSource.query('SELECT 1')]);
    const ended: unknown[] = await outside.dataSource.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [schema.settings.applicationName],
    );
    expect(ended.length).toBeGreaterThan(0);
    await eventually(() => expect(warnings).toEqual(ended.map(() => 'A pooled connection was lost')));
    expect(await schema.dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('ping: null when it answers, a reason when every connection is taken', async () => {
    expect(await pingDatabase(schema.dataSource)).toBeNull();
    const busy = [1, 2].map(() => schema.dataSource.query('SELECT pg_sleep(0.5)'));
    expect(await pingDatabase(schema.dataSource, 100)).toMatchObject({ code: 'DATABASE_AWAY' });
    await Promise.all(busy);
  });
});
