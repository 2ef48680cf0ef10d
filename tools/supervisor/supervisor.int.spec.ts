import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { finalizedFeatures } from '../../infra/kafka/kafka.cjs';
import { freePort } from '../../infra/local/ports.cjs';
import { isAlive } from '../../infra/local/processes.cjs';
import { removePostgresData } from '../../infra/postgres/binaries.cjs';

const PLATFORM = path.join(__dirname, 'fixtures', 'toy-platform.cjs');
const running: ChildProcess[] = [];
let home: string;
let ports: Record<string, string>;

jest.setTimeout(180_000);

beforeAll(async () => {
  home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-home-')));
  fs.chmodSync(home, 0o755);
  const names = [
    'MILLRACE_KAFKA_PORT',
    'MILLRACE_POSTGRES_PORT',
    'MILLRACE_SCHEMA_REGISTRY_PORT',
    'MILLRACE_GATEWAY_PORT',
  ];
  ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
});

afterAll(async () => {
  for (const child of running) child.kill('SIGINT');
  for (const child of running) await exitOf(child);
  removePostgresData(path.join(home, 'postgres'));
  fs.rmSync(home, { recursive: true, force: true });
});

function start(...flags: string[]): { child: ChildProcess; until: (pattern: RegExp) => Promise<string> } {
  // A broker or a database that the machine's environment names must not take part in this test.
  const { KAFKA_BROKERS: _, DATABASE_URL: __, SCHEMA_REGISTRY_URL: ___, ...env } = process.env;
  const child = spawn(process.execPath, [PLATFORM, home, ...flags], { env: { ...env, ...ports } });
  running.push(child);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const until = async (pattern: RegExp) => {
    for (let step = 0; step < 6_000; step++) {
      if (pattern.test(output)) return output;
      if (child.exitCode !== null || child.signalCode !== null) break;
      await sleep(20);
    }
    if (pattern.test(output)) return output;
    throw new Error(`never: ${pattern} in\n${output}`);
  };
  return { child, until };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
}

interface Recorded {
  name: string;
  pid: number;
}
const read = (file: string) => JSON.parse(fs.readFileSync(path.join(home, file), 'utf8'));
const recorded = (): Recorded[] => read('processes.json').processes;
const grandchildren = () =>
  ['registry', 'gateway', 'inference'].map((name) =>
    Number(fs.readFileSync(path.join(home, `grandchild-${name}`), 'utf8')),
  );

async function survivors(pids: number[]): Promise<number[]> {
  for (let step = 0; step < 250 && pids.some((pid) => isAlive(pid)); step++) await sleep(20);
  return pids.filter((pid) => isAlive(pid));
}

// One story in order: each test goes on from the state that the one before left.
describe('supervisor: the platform with a real broker and a real database', () => {
  let pids: number[];
  let clusterId: string;

  test('everything comes up, and its addresses are published', async () => {
    const { until } = start();
    const output = await until(/READY (.*)\n/);
    const addresses = JSON.parse(/READY (.*)\n/.exec(output)?.[1] ?? '');
    expect(addresses.brokers).toBe(`127.0.0.1:${ports.MILLRACE_KAFKA_PORT}`);
    expect(await finalizedFeatures('127.0.0.1', Number(ports.MILLRACE_KAFKA_PORT))).toMatchObject({
      'transaction.version': 2,
    });
    expect(
      recorded()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['gateway', 'inference', 'kafka', 'postgres', 'registry', 'schema-registry', 'supervisor']);
    const platform = read('platform.json');
    expect(platform).toMatchObject({
      brokers: addresses.brokers,
      prefix: '',
      schemaRegistryUrl: addresses.schemaRegistryUrl,
      gatewayUrl: `http://127.0.0.1:${ports.MILLRACE_GATEWAY_PORT}`,
      artifacts: path.join(home, 'artifacts'),
      apiKeyFile: path.join(home, 'keys', 'cli.key'),
    });
    for (const { name, pid } of platform.services)
      expect(recorded()).toContainEqual(expect.objectContaining({ name, pid }));
    expect(JSON.stringify(platform)).not.toMatch(/password|postgres:/);
    clusterId = fs.readFileSync(path.join(home, 'kafka', 'log', 'meta.properties'), 'utf8');
  });

  test('a service finds its own database role in its environment, and a service without tables finds none', async () => {
    const environmentOf = (name: string) => {
      const pid = recorded().find((one) => one.name === name)?.pid;
      return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    };
    if (process.platform !== 'linux') return;
    const url = environmentOf('registry')
      .find((line) => line.startsWith('DATABASE_URL='))
      ?.slice('DATABASE_URL='.length);
    const client = new Client({ connectionString: url });
    await client.connect();
    expect((await client.query('SELECT current_user AS role, current_schema AS schema')).rows).toEqual([
      { role: 'millrace_registry', schema: 'registry' },
    ]);
    await client.end();
    expect(environmentOf('inference').filter((line) => line.startsWith('DATABASE_URL='))).toEqual([]);
  });

  test('a killed service comes back, and the published process id follows', async () => {
    const before = read('platform.json').services.find(({ name }: Recorded) => name === 'registry').pid;
    process.kill(before, 'SIGKILL');
    for (let step = 0; step < 500; step++) {
      const { pid } = read('platform.json').services.find(({ name }: Recorded) => name === 'registry');
      if (pid !== null && pid !== before && read('state.json').processes.registry.state === 'READY') break;
      await sleep(20);
    }
    expect(read('state.json').processes.registry).toMatchObject({ state: 'READY', restarts: 1 });
    expect(read('platform.json').services.find(({ name }: Recorded) => name === 'registry').pid).not.toBe(before);
  });

  test.each(['postgres', 'kafka'])('a killed %s comes back over its data', async (name) => {
    process.kill(recorded().find((one) => one.name === name)?.pid as number, 'SIGKILL');
    const stateOf = () => read('state.json').processes[name];
    for (let step = 0; step < 1_500 && !(stateOf().state === 'READY' && stateOf().restarts > 0); step++)
      await sleep(20);
    expect(stateOf().state).toBe('READY');
  });

  test('after SIGKILL of the supervisor, the next start ends the orphans and goes on with the same state and ports', async () => {
    pids = [...recorded().map(({ pid }) => pid), ...grandchildren()];
    const killed = running[0] as ChildProcess;
    killed.kill('SIGKILL');
    await exitOf(killed);
    const { until } = start();
    const output = await until(/READY/);
    expect(output).toMatch(/Ended what a killed supervisor had left:(?=.* kafka)(?=.* postgres)/);
    expect(output).not.toMatch(/is taken/);
    expect(await survivors(pids)).toEqual([]);
    expect(fs.readFileSync(path.join(home, 'kafka', 'log', 'meta.properties'), 'utf8')).toBe(clusterId);
  });

  test('a second start beside a living one is refused', async () => {
    const second = start();
    await second.until(/Millrace already runs here/);
    expect(await exitOf(second.child)).toBe(1);
  });

  test('Ctrl-C stops services before the registry and all of them before the servers, and leaves nothing', async () => {
    pids = [...recorded().map(({ pid }) => pid), ...grandchildren()];
    fs.rmSync(path.join(home, 'stops'), { force: true });
    const living = running[1] as ChildProcess;
    living.kill('SIGINT');
    expect(await exitOf(living)).toBe(0);
    expect(await survivors(pids)).toEqual([]);
    const stops = fs.readFileSync(path.join(home, 'stops'), 'utf8').trim().split('\n');
    expect(stops.slice(0, 3).sort()).toEqual(['gateway', 'inference', 'registry']);
    expect(stops.slice(3)).toEqual(['schema-registry']);
    expect(fs.existsSync(path.join(home, 'platform.json'))).toBe(false);
    // Ordered: PostgreSQL says so itself, and a broker that was killed would not have written its clean mark.
    expect(fs.readFileSync(path.join(home, 'logs', 'postgres.log'), 'utf8')).toMatch(/database system is shut down/);
    expect(fs.existsSync(path.join(home, 'kafka', 'log', '.kafka_cleanshutdown'))).toBe(true);
  });

  test('--reset begins anew', async () => {
    const { child, until } = start('--reset');
    await until(/READY/);
    expect(fs.readFileSync(path.join(home, 'kafka', 'log', 'meta.properties'), 'utf8')).not.toBe(clusterId);
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(0);
  });
});
