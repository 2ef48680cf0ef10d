import path from 'node:path';
import { eventually, spawnNode } from '@millrace/testing';
import { GatewayGround, KEYS } from '../test/gateway-ground';

jest.setTimeout(120_000);

const MAIN = path.join(__dirname, 'main.ts');

describe('gateway > process', () => {
  let ground: GatewayGround;
  beforeAll(async () => {
    ground = await GatewayGround.start();
  });
  afterAll(() => ground?.stop());

  it('starts from its environment, is ready, and stops in order under SIGTERM while a page is open', async () => {
    const gateway = spawnNode(MAIN, { env: { ...ground.environment, MILLRACE_HEALTH_PORT: '0' } });
    await gateway.waitFor('gateway runs', 60_000);
    const port = (pattern: RegExp) => pattern.exec(gateway.output)?.[1];
    const base = `http://127.0.0.1:${port(/"port":(\d+),"msg":"The door is open"/)}`;
    const healthPort = port(/"healthPort":(\d+)/);
    await eventually(async () => {
      for (const url of [`http://127.0.0.1:${healthPort}/health/ready`, `${base}/v2/health/ready`])
        expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    });
    const stream = await fetch(`${base}/api/v1/live`, { headers: { authorization: `Bearer ${KEYS.viewer}` } });
    const ended = stream.text().catch(() => 'cut');
    const exit = await gateway.kill('SIGTERM');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(gateway.output).toContain('"clean":true');
    await ended;
    for (const key of Object.values(KEYS)) expect(gateway.output).not.toContain(key);
  });

  it('says every wrong setting at once and ends', async () => {
    const gateway = spawnNode(MAIN, {
      env: { ...ground.environment, MILLRACE_GATEWAY_PORT: 'x', MILLRACE_INFER_DEADLINE: '-1' },
    });
    expect((await gateway.exit).code).toBe(78);
    expect(gateway.output).toMatch(/MILLRACE_GATEWAY_PORT.*MILLRACE_INFER_DEADLINE/);
  });

  it.each([
    ['MILLRACE_API_KEYS', /API keys/],
    ['MILLRACE_KEYS', /Commands cannot be signed/],
  ])('does not start without what %s names', async (name, sentence) => {
    const gateway = spawnNode(MAIN, { env: { ...ground.environment, [name]: '/nowhere' } });
    expect((await gateway.exit).code).toBe(1);
    expect(gateway.output).toMatch(sentence);
  });
});
