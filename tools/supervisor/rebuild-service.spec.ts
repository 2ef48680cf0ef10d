import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { rebuildPlan } from './rebuild-service.cjs';

let root: string;
const home = () => path.join(root, '.millrace');
const plan = (service: string, env: NodeJS.ProcessEnv = {}) => rebuildPlan({ service, args: ['--swap'], env, root });

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-rebuild-'));
  fs.mkdirSync(path.join(home(), 'keys'), { recursive: true });
  const write = (name: string, text: string) => fs.writeFileSync(path.join(home(), name), text);
  write('keys/registry.database-password', 'secret\n');
  write('keys/postgres.database-password', 'admin\n');
  write('ports.json', JSON.stringify({ postgres: 5_499 }));
  const services = [{ name: 'registry', pid: 4_242, healthUrl: '' }];
  const addresses = { brokers: '127.0.0.1:9192', schemaRegistryUrl: 'http://127.0.0.1:8181' };
  write('platform.json', JSON.stringify({ ...addresses, prefix: 'dev.', artifacts: '/kept', services }));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

describe('supervisor/rebuild-service', () => {
  test('starts the service by its own command, as its own role, where the platform is', () => {
    const { command, env, pid } = plan('registry', { PATH: '/bin' });
    expect(command.slice(-3)).toEqual(['apps/registry/dist/main.js', 'rebuild', '--swap']);
    expect(env).toMatchObject({
      PATH: '/bin',
      KAFKA_BROKERS: '127.0.0.1:9192',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8181',
      MILLRACE_PREFIX: 'dev.',
      MILLRACE_ARTIFACTS: '/kept',
    });
    const url = new URL(String(env.DATABASE_URL));
    expect([url.username, url.password, url.port]).toEqual(['dev_millrace_registry', 'secret', '5499']);
    expect(pid).toBe(4_242);
  });

  test('finds the database that the environment names, and never gives its role away', () => {
    const { env } = plan('registry', { DATABASE_URL: 'postgres://boss:word@db.example:6000/mill' });
    expect(env.DATABASE_URL).toBe('postgres://dev_millrace_registry:secret@db.example:6000/mill');
  });

  test('names the services that have tables when it does not know one', () => {
    expect(() => plan('nobody')).toThrow(/no service nobody.*ingestion.*registry/);
  });

  test('says that the platform does not run', () => {
    fs.rmSync(path.join(home(), 'platform.json'));
    expect(() => plan('registry')).toThrow(/does not run/);
  });
});
