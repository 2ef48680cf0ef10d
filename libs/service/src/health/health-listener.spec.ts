import { createServer } from 'node:net';
import { silentLogger } from '@millrace/contracts';
import { Metrics } from '../metrics/metrics';
import { Health } from './health';
import { HealthListener } from './health-listener';

const open: HealthListener[] = [];

async function listener(port = 0) {
  const health = new Health({ now: () => 0 }, silentLogger);
  const metrics = new Metrics();
  metrics.gauge('millrace_ready', 'x').set(1);
  const info = () => ({ service: 'registry' });
  const started = await HealthListener.start({
    host: '127.0.0.1',
    port,
    health,
    metrics,
    info,
    logger: silentLogger,
  });
  open.push(started);
  return { health, at: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${started.port}${path}`, init) };
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('service/health-listener', () => {
  it('answers /health/ready with 200, or with 503 and the reasons', async () => {
    const { health, at } = await listener();
    const ready = await at('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
    health.hold('kafka', 'away');
    const not = await at('/health/ready');
    expect([not.status, await not.json()]).toEqual([503, { ready: false, reasons: ['kafka: away'] }]);
    expect((await at('/health/live')).status).toBe(200);
  });

  it('answers /metrics and /info', async () => {
    const { at } = await listener();
    expect(await (await at('/metrics')).text()).toContain('millrace_ready 1');
    expect(await (await at('/info')).json()).toEqual({ service: 'registry' });
  });

  it('refuses other paths and methods', async () => {
    const { at } = await listener();
    expect((await at('/../etc/passwd')).status).toBe(404);
    expect((await at('/health/ready', { method: 'POST' })).status).toBe(405);
  });

  it('names a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(listener(port)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`${port}`),
    });
    other.close();
  });

  it('closes at once although a client keeps its connection', async () => {
    const { at } = await listener();
    await at('/health/live');
    await (open.pop() as HealthListener).close();
    await expect(at('/health/live')).rejects.toThrow();
  });
});
