import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Client } from 'pg';
import { ensureServiceRoles, roleOf, schemaOf } from './roles.cjs';

const prefix = `t${randomBytes(4).toString('hex')}-`;
const services = ['ingestion', 'registry'];
const adminUrl = process.env.MILLRACE_TEST_DATABASE_URL as string;
let keysDir: string;
let urls: Record<string, string>;

async function as<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const query = (url: string, sql: string) => as(url, (client) => client.query(sql));

beforeAll(async () => {
  keysDir = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-roles-'));
  urls = await ensureServiceRoles({ adminUrl, services, keysDir, prefix });
  await query(urls.ingestion as string, 'CREATE TABLE secrets (name text)');
  await query(urls.ingestion as string, "INSERT INTO secrets VALUES ('of ingestion')");
});

afterAll(async () => {
  await as(adminUrl, async (client) => {
    for (const service of services) {
      await client.query(`DROP SCHEMA IF EXISTS ${client.escapeIdentifier(schemaOf(service, prefix))} CASCADE`);
      const role = client.escapeIdentifier(roleOf(service, prefix));
      await client.query(`DROP OWNED BY ${role}`);
      await client.query(`DROP ROLE ${role}`);
    }
  });
  fs.rmSync(keysDir, { recursive: true, force: true });
});

describe('infra/postgres/roles', () => {
  test('a service reads and writes its own schema without naming it', async () => {
    const { rows } = await query(urls.ingestion as string, 'SELECT name, current_schema AS schema FROM secrets');
    expect(rows).toEqual([{ name: 'of ingestion', schema: schemaOf('ingestion', prefix) }]);
  });

  test.each([
    ['read', (schema: string) => `SELECT * FROM ${schema}.secrets`],
    ['write', (schema: string) => `INSERT INTO ${schema}.secrets VALUES ('x')`],
    ['drop', (schema: string) => `DROP TABLE ${schema}.secrets`],
    ['create a table beside', (schema: string) => `CREATE TABLE ${schema}.mine (name text)`],
    ['give itself rights on', (schema: string) => `GRANT ALL ON SCHEMA ${schema} TO CURRENT_USER`],
  ])("another service's role cannot %s its tables", async (_, sql) => {
    const schema = schemaOf('ingestion', prefix);
    await expect(query(urls.registry as string, sql(schema))).rejects.toMatchObject({ code: '42501' });
  });

  test.each([
    ['use the schema public', 'CREATE TABLE public.mine (name text)'],
    ['make a schema', 'CREATE SCHEMA mine'],
    ['make a role', 'CREATE ROLE mine'],
    ['take the role of another service', `SET ROLE ${roleOf('ingestion', prefix)}`],
  ])('a service cannot %s', async (_, sql) => {
    await expect(query(urls.registry as string, sql)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|0LP01)$/),
    });
  });

  test('repeating changes nothing, also from two starts at once', async () => {
    const again = () => ensureServiceRoles({ adminUrl, services, keysDir, prefix });
    expect(await Promise.all([again(), again()])).toEqual([urls, urls]);
    expect((await query(urls.ingestion as string, 'SELECT name FROM secrets')).rowCount).toBe(1);
  });

  test('passwords are kept for their owner only', () => {
    const file = path.join(keysDir, 'ingestion.database-password');
    expect((fs.statSync(file).mode & 0o777).toString(8)).toBe('600');
  });
});
