import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { rebuild, rebuildPlan } from './rebuild-service.cjs';

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

  describe('for a swap', () => {
    let service: ChildProcess;
    beforeEach(async () => {
      service = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)']);
      await once(service.stdout!, 'data');
    });
    afterEach(() => service.kill('SIGKILL'));

    // A stand-in for the service's program, which looks whether the service lives before it says that it waits, and then waits for its end.
    const program = (waits: boolean) => `
      const lives = () => { try { process.kill(Number(process.env.SERVICE), 0); return true } catch { return false } };
      console.log(lives() ? 'lives' : 'was stopped too early');
      ${waits ? `console.log('{"rebuild":"waiting","service":"registry"}');` : 'console.log("no swap"); process.exit(3);'}
      const look = setInterval(() => { if (!lives()) { clearInterval(look); console.log('alone'); } }, 5);`;

    async function run(pid: number | null, waits = true) {
      const output = new PassThrough();
      const env = { ...process.env, SERVICE: String(service.pid) };
      const code = await rebuild({ command: [process.execPath, '-e', program(waits)], env, pid }, output);
      output.end();
      return { code, lines: (await text(output)).trimEnd().split('\n') };
    }

    test('asks the service to stop when the rebuild waits for it, and passes on what the rebuild says', async () => {
      const waiting = '{"rebuild":"waiting","service":"registry"}';
      expect(await run(service.pid!)).toEqual({ code: 0, lines: ['lives', waiting, 'alone'] });
      expect(service.signalCode).toBe('SIGTERM');
    });

    test('leaves a service alone that no rebuild waits for', async () => {
      expect(await run(service.pid!, false)).toEqual({ code: 3, lines: ['lives', 'no swap'] });
      expect([service.exitCode, service.signalCode]).toEqual([null, null]);
    });

    test('goes on when the process of the platform file is gone already', async () => {
      service.kill('SIGKILL');
      await once(service, 'exit');
      expect((await run(service.pid!)).lines.slice(-1)).toEqual(['alone']);
    });
  });
});
