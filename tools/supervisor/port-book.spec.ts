import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePort } from '../../infra/local/ports.cjs';
import { choosePorts } from './port-book.cjs';

let folder: string;
let file: string;
const servers: net.Server[] = [];
const held: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ports-'));
  file = path.join(folder, 'ports.json');
});
afterEach(async () => {
  await Promise.all(held.splice(0).map((letGo) => letGo()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  fs.rmSync(folder, { recursive: true, force: true });
});

function occupy(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    servers.push(server.listen(port, '127.0.0.1', () => resolve()));
  });
}

async function choose(wanted: Parameters<typeof choosePorts>[1], tell: (sentence: string) => void = () => undefined) {
  const { ports, letGo } = await choosePorts(file, wanted, tell);
  held.push(letGo);
  return { ports, letGo };
}

describe('supervisor/port-book', () => {
  test('a taken port is named and the next free one is used, also by the next start', async () => {
    const port = await freePort();
    await occupy(port);
    const told: string[] = [];
    const wanted = [{ name: 'kafka', label: 'Kafka', port }];
    const tell = (sentence: string) => told.push(sentence);
    const first = await choose(wanted, tell);
    expect(first.ports.kafka).toBeGreaterThan(port);
    expect(told).toEqual([`Port ${port} is taken by another program; Kafka uses ${first.ports.kafka}.`]);
    await first.letGo();
    expect((await choose(wanted, tell)).ports).toEqual(first.ports);
    expect(told).toHaveLength(1);
  });

  test('two parts that ask for one port get two', async () => {
    const port = await freePort();
    const wanted = ['a', 'b'].map((name) => ({ name, label: name, port }));
    const { ports } = await choose(wanted);
    expect(ports.a).not.toBe(ports.b);
  });

  test('a port that a setting fixes wins over the remembered one', async () => {
    const [remembered, fixed] = [await freePort(), await freePort()];
    fs.writeFileSync(file, JSON.stringify({ gateway: remembered }));
    const { ports } = await choose([{ name: 'gateway', label: 'the gateway', port: 1, fixed }]);
    expect(ports.gateway).toBe(fixed);
  });

  test("what was chosen is nobody else's until it is let go, by name", async () => {
    const port = await freePort();
    const wanted = ['a', 'b'].map((name) => ({ name, label: name, port }));
    const { ports, letGo } = await choose(wanted);
    await letGo('a');
    await occupy(ports.a);
    await expect(occupy(ports.b)).rejects.toThrow('EADDRINUSE');
    await letGo();
    await occupy(ports.b);
  });
});
