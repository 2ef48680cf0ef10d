import path from 'node:path';
import { EndpointCreated } from '@millrace/contracts';
import { eventually, spawnNode } from '@millrace/testing';
import { GatewayGround, KEYS } from '../test/gateway-ground';
import { makeEndpoint } from '../test/test-lane';

jest.setTimeout(120_000);

const MAIN = path.join(__dirname, 'main.ts');

describe('gateway > process', () => {
  let ground: GatewayGround;
  let made: EndpointCreated;
  const requests = async () =>
    [...(await ground.kafka.admin.endOffsets(made.requestsTopic)).values()].reduce((all, one) => all + one, 0);

  beforeAll(async () => {
    ground = await GatewayGround.start();
    made = await makeEndpoint(ground.kafka, ground.schemas, 'silent');
    await ground.say('registry', EndpointCreated, 'silent', made);
  });
  afterAll(() => ground?.stop());

  it('starts from its environment, is ready, and under SIGTERM answers what is in hand and stops in order while a page is open', async () => {
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
    const call = fetch(`${base}/v2/models/silent/infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.caller}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        inputs: [{ name: 'x', shape: [1], datatype: 'FP64', data: [1] }],
        parameters: { timeout_ms: 2_000 },
      }),
    });
    // The call is in hand when its request is on the topic.
    await eventually(async () => expect(await requests()).toBe(1), { timeoutMs: 30_000 });
    const exit = await gateway.kill('SIGTERM');
    expect((await call).status).toBe(504);
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
