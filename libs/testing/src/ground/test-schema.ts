import { type Logger, silentLogger } from '@millrace/contracts';
import { BaseTables1700000000000, createDataSource, type DatabaseSettings, UnitOfWork } from '@millrace/persistence';
import { testGround, uniqueName } from './test-ground';

type DataSource = Awaited<ReturnType<typeof createDataSource>>;

/** Filled in before the first test of the block and dropped after its last. */
export interface TestSchema {
  readonly settings: DatabaseSettings;
  readonly dataSource: DataSource;
  readonly unitOfWork: UnitOfWork;
}

export interface TestSchemaOptions extends Partial<Omit<DatabaseSettings, 'url' | 'schema'>> {
  logger?: Logger;
}

/** Gives the tests of a `describe` block a database schema of their own, migrated (base tables unless other migrations are named). */
export function withTestSchema({ logger = silentLogger, ...options }: TestSchemaOptions = {}): TestSchema {
  const settings: DatabaseSettings = {
    migrations: [BaseTables1700000000000],
    ...options,
    url: testGround().databaseUrl,
    schema: `t_${uniqueName()}`,
  };
  let opened: { dataSource: DataSource; unitOfWork: UnitOfWork } | null = null;
  const need = () => {
    if (!opened) throw new Error('The test schema exists only inside tests and hooks, after beforeAll.');
    return opened;
  };
  beforeAll(async () => {
    const dataSource = await createDataSource(settings, logger);
    opened = { dataSource, unitOfWork: new UnitOfWork(dataSource) };
  });
  afterAll(async () => {
    if (!opened) return;
    await opened.dataSource.query(`DROP SCHEMA IF EXISTS "${settings.schema}", "${settings.schema}_rebuild" CASCADE`);
    await opened.dataSource.destroy();
  });
  return {
    settings,
    get dataSource() {
      return need().dataSource;
    },
    get unitOfWork() {
      return need().unitOfWork;
    },
  };
}
