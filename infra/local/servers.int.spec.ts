import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { readFinalizedFeatures } from '../kafka/broker-probe.cjs';
import { finalizedFeatures, startKafka } from '../kafka/kafka.cjs';
import { startPostgres } from '../postgres/postgres.cjs';

jest.setTimeout(180_000);

const [host, port] = (process.env.MILLRACE_TEST_KAFKA as string).split(':') as [string, string];

describe('infra/kafka', () => {
  test('the broker has finalized transaction.version 2', async () => {
    expect(await finalizedFeatures(host, Number(port))).toMatchObject({ 'transaction.version': 2 });
  });

  test('a broker that does not speak Kafka is an error and no hang', async () => {
    const server = net.createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: other } = server.address() as net.AddressInfo;
    await expect(finalizedFeatures('127.0.0.1', other)).rejects.toThrow(/does not speak Kafka/);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a cut or refused answer about features is an error', () => {
    expect(() => readFinalizedFeatures(Buffer.from([0]))).toThrow();
    expect(() => readFinalizedFeatures(Buffer.from([0, 35]))).toThrow(/error 35/);
    expect(() => readFinalizedFeatures(Buffer.from([0, 0, 255, 255, 255, 255, 255, 255]))).toThrow();
  });
});

describe('infra: a data folder outlives its server', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-restart-'));
    fs.chmodSync(folder, 0o755);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('kafka: killed and started on another port, it keeps its cluster id', async () => {
    const options = { dataDir: path.join(folder, 'kafka'), logFile: path.join(folder, 'kafka.log') };
    const clusterId = () =>
      fs.readFileSync(path.join(folder, 'kafka', 'log', 'meta.properties'), 'utf8').match(/cluster.id=.*/)?.[0];
    const first = await startKafka(options);
    const id = clusterId();
    process.kill(first.pid as number, 'SIGKILL');
    const second = await startKafka(options);
    expect(second.port).not.toBe(first.port);
    expect(clusterId()).toBe(id);
    await second.stop();
  });

  test('postgres: killed, it starts again over its stale lock file, even when that names a living stranger', async () => {
    const { Client } = await import('pg');
    const options = { dataDir: path.join(folder, 'postgres'), logFile: path.join(folder, 'postgres.log') };
    const first = await startPostgres(options);
    const client = new Client({ connectionString: first.adminUrl });
    await client.connect();
    await client.query('CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)');
    client.on('error', () => undefined);
    process.kill(first.pid as number, 'SIGKILL');
    await client.end().catch(() => undefined);
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const lock = path.join(folder, 'postgres', 'postmaster.pid');
    fs.writeFileSync(lock, fs.readFileSync(lock, 'utf8').replace(/^\d+/, String(stranger.pid)));
    const second = await startPostgres(options);
    const again = new Client({ connectionString: second.adminUrl });
    await again.connect();
    expect((await again.query('SELECT n FROM kept')).rows).toEqual([{ n: 42 }]);
    await again.end();
    expect(stranger.exitCode).toBeNull();
    stranger.kill('SIGKILL');
    await second.stop();
  });

  test('postgres: a server that was left running is stopped before the new one starts', async () => {
    const options = { dataDir: path.join(folder, 'postgres'), logFile: path.join(folder, 'postgres.log') };
    const first = await startPostgres({ ...options, detached: true });
    const second = await startPostgres(options);
    expect(second.pid).not.toBe(first.pid);
    await second.stop();
  });
});
