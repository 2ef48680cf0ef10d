import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePort } from '../../infra/local/ports.cjs';
import { choosePorts } from './port-book.cjs';

let folder: string;
let file: string;
const servers: net.Server[] = [];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ports-'));
  file = path.join(folder, 'ports.json');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  fs.rmSync(folder, { recursive: true, force: true });
});

function occupy(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    servers.push(server.listen(port, '127.0.0.1', () => resolve()));
  });
}

describe('supervisor/port-book', () => {
  test('a taken port is named and the next free one is used, also by the next start', async () => {
    const port = await freePort();
    await occupy(port);
    const told: string[] = [];
    const wanted = [{ name: 'kafka', label: 'Kafka', port }];
    const first = await choosePorts(file, wanted, (sentence: string) => told.push(sentence));
    expect(first.kafka).toBeGreaterThan(port);
    expect(told).toEqual([`Port ${port} is taken by another program; Kafka uses ${first.kafka}.`]);
    expect(await choosePorts(file, wanted, (sentence: string) => told.push(sentence))).toEqual(first);
    expect(told).toHaveLength(1);
  });

  test('two parts that ask for one port get two', async () => {
    const port = await freePort();
    const wanted = ['a', 'b'].map((name) => ({ name, label: name, port }));
    const chosen = await choosePorts(file, wanted, () => undefined);
    expect(chosen.a).not.toBe(chosen.b);
  });

  test('a port that a setting fixes wins over the remembered one', async () => {
    const [remembered, fixed] = [await freePort(), await freePort()];
    fs.writeFileSync(file, JSON.stringify({ gateway: remembered }));
    const chosen = await choosePorts(
      file,
      [{ name: 'gateway', label: 'the gateway', port: 1, fixed }],
      () => undefined,
    );
    expect(chosen.gateway).toBe(fixed);
  });
});
