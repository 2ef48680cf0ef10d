import { readFile } from 'node:fs/promises';
import * as contracts from '@millrace/contracts';
import { EndpointCreated, type EndpointRefused, RetireEndpoint, Topics } from '@millrace/contracts';
import { ControlReader, type KafkaRecord, TrustedKeys, verifyCommand } from '@millrace/messaging';
import { eventually } from '@millrace/testing';
import { away, back, GatewayGround, KEYS } from '../../test/gateway-ground';
import { makeEndpoint } from '../../test/test-lane';

jest.setTimeout(120_000);

describe('gateway > commands', () => {
  let ground: GatewayGround;

  const send = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    ground.http
      .post(`/api/v1/commands/${name}`)
      .set({ authorization: `Bearer ${KEYS.admin}`, 'content-type': 'application/json', ...headers })
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  const get = (path: string) => ground.http.get(path).set({ authorization: `Bearer ${KEYS.viewer}` });
  const retire = (reason: string) => ({ endpoint: 'doubler', reason });

  /** Every record of the registry's command topic, from its beginning. */
  async function sent(): Promise<KafkaRecord[]> {
    const { name } = Topics.registryCommands;
    const end = (await ground.kafka.admin.endOffsets(name)).get(0)!;
    const reader = ground.kafka.partitionReader({ topic: name });
    const records: KafkaRecord[] = [];
    reader.assign(name, 0, 0);
    while (reader.position(name, 0) < end)
      for (const batch of await reader.fetch(AbortSignal.timeout(10_000)))
        while (batch.records.next()) records.push(batch.records.retain());
    await reader.close();
    return records;
  }
  const idsOf = (records: KafkaRecord[]) => records.map((record) => record.headers.get('ce_id')!.toString());

  beforeAll(async () => {
    ground = await GatewayGround.start();
  });
  afterAll(() => ground?.stop());

  it('puts a signed command on the topic of its owner, in the name of the actor', async () => {
    const { body } = await send('RetireEndpoint', retire('signed')).expect(202);
    expect(body).toMatchObject({
      command: 'RetireEndpoint',
      topic: 'registry.commands.v1',
      partition: 0,
      actor: 'admin',
    });
    const record = (await sent()).find((one) => one.offset === body.offset)!;
    const trusted = TrustedKeys.fromJson(await readFile(ground.environment.MILLRACE_TRUSTED_KEYS!, 'utf8'));
    const topic = ground.kafka.prefixed(Topics.registryCommands.name);
    expect(verifyCommand(trusted, new Set(['gateway']), { ...record, topic, headers: record.headers })).toEqual({
      valid: true,
      actor: 'admin',
      service: 'gateway',
      commandId: body.commandId,
    });
    const received = await new ControlReader(ground.schemas, [RetireEndpoint]).read(record);
    expect(received).toMatchObject({ key: 'doubler', data: retire('signed') });
  });

  it('gives the same answer for the same Idempotency-Key and sends nothing again', async () => {
    const key = { 'idempotency-key': 'one' };
    const first = await send('RetireEndpoint', retire('once'), key).expect(202);
    const again = await send('RetireEndpoint', retire('once'), key).expect(202);
    expect(again.body).toEqual(first.body);
    expect(idsOf(await sent()).filter((id) => id === first.body.commandId)).toHaveLength(1);
  });

  it('refuses an Idempotency-Key that was used for another body or another command', async () => {
    const key = { 'idempotency-key': 'two' };
    await send('RetireEndpoint', retire('a'), key).expect(202);
    const { body } = await send('RetireEndpoint', retire('b'), key).expect(422);
    expect(body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
    await send('RollBackRelease', { endpoint: 'doubler' }, key).expect(422);
  });

  it('is PENDING until its owner answers, and then shows the fact and the thing at once', async () => {
    const body = { endpoint: 'tripler', model: 'm', version: 1 };
    const { commandId } = (await send('CreateEndpoint', body).expect(202)).body;
    await get(`/api/v1/commands/${commandId}`)
      .expect(200)
      .expect(({ body: shown }) => {
        expect(shown).toMatchObject({ commandId, status: 'PENDING', command: 'CreateEndpoint' });
      });
    // Waiting begins when the request is sent, which supertest does with then().
    const waiting = get(`/api/v1/commands/${commandId}?waitMs=30000`).then((answer) => answer);
    const made = await makeEndpoint(ground.kafka, ground.schemas, 'tripler');
    await ground.say('registry', EndpointCreated, 'tripler', made, { causationId: commandId });
    const answer = await waiting;
    expect(answer.body).toMatchObject({
      status: 'DONE',
      facts: [{ record: 'io.millrace.registry.EndpointCreated', key: 'tripler' }],
    });
    const { body: listed } = await get('/api/v1/endpoints').expect(200);
    expect(listed).toMatchObject([{ endpoint: 'tripler', status: 'LIVE', majors: [{ model: 'doubler' }] }]);
  });

  it('shows a refusal with its reason', async () => {
    const { commandId } = (await send('RetireEndpoint', retire('unknown')).expect(202)).body;
    const refused: EndpointRefused = {
      aggregateVersion: 1,
      occurredAt: 1,
      endpoint: 'doubler',
      commandId,
      command: 'io.millrace.registry.RetireEndpoint',
      reasonCode: 'UNKNOWN_ENDPOINT',
      reason: 'There is none.',
    };
    await ground.say('registry', contracts.EndpointRefused, 'doubler', refused, { causationId: commandId });
    const { body } = await get(`/api/v1/commands/${commandId}?waitMs=30000`).expect(200);
    expect(body).toMatchObject({ status: 'REFUSED', reasonCode: 'UNKNOWN_ENDPOINT', reason: 'There is none.' });
  });

  it.each([
    ['an unknown command', 'DropEverything', {}, 404, 'UNKNOWN_COMMAND', /CreateEndpoint/],
    ['a name of Object', 'constructor', {}, 404, 'UNKNOWN_COMMAND', /constructor/],
    ['a missing field', 'RetireEndpoint', {}, 400, 'INVALID_BODY', /endpoint/],
    ['a wrong type', 'RetireEndpoint', { endpoint: 1 }, 400, 'INVALID_BODY', /endpoint/],
    ['a bad name', 'RetireEndpoint', { endpoint: 'A b' }, 400, 'INVALID_BODY', /\[a-z\]/],
    ['a list', 'RetireEndpoint', [], 400, 'INVALID_BODY', /object/],
    ['null', 'RetireEndpoint', 'null', 400, 'INVALID_BODY', /object/],
    ['no JSON', 'RetireEndpoint', '{"endpoint":', 400, 'BAD_REQUEST', /JSON/],
    ['deep JSON', 'RetireEndpoint', `${'['.repeat(100_000)}`, 400, 'JSON_TOO_DEEP', /32/],
    ['NUL in a text', 'RetireEndpoint', { endpoint: 'e', reason: 'a\0b' }, 400, 'INVALID_BODY', /NUL/],
    [
      'a number beyond its field',
      'ProposeRelease',
      { endpoint: 'e', model: 'm', version: 2 ** 31 },
      400,
      'INVALID_BODY',
      /version/,
    ],
    [
      'a command beyond a record',
      'RegisterSource',
      { source: 's', owner: 'o', licence: 'l', schema: '', keyField: 'k'.repeat(800_000) },
      413,
      'REQUEST_TOO_LARGE',
      /700000/,
    ],
    ['5 MiB', 'RetireEndpoint', `{"reason":"${'x'.repeat(5 * 1_048_576)}"}`, 413, 'BODY_TOO_LARGE', /large/],
  ])('refuses %s with problem details', async (_, name, body, status, code, sentence) => {
    const answer = await send(name, body).expect(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, code, title: code, type: `urn:millrace:error:${code}` });
    expect(answer.body.detail).toMatch(sentence);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('refuses a body of type %s', async (type) => {
    const { body } = await send('RetireEndpoint', 'endpoint=x', { 'content-type': type }).expect(415);
    expect(body.code).toBe('NO_JSON_BODY');
  });

  it('refuses an Idempotency-Key with blanks, and knows no command that was never sent', async () => {
    await send('RetireEndpoint', retire('x'), { 'idempotency-key': 'a b' }).expect(400);
    await get('/api/v1/commands/00000000-0000-4000-8000-00000000dead').expect(404);
    await get('/api/v1/commands/00000000-0000-4000-8000-00000000dead?waitMs=-1').expect(400);
  });

  it('counts a fact that stands twice on its topic once', async () => {
    const made = await makeEndpoint(ground.kafka, ground.schemas, 'repeated');
    await ground.say('registry', EndpointCreated, 'repeated', made);
    await ground.say('registry', EndpointCreated, 'repeated', made);
    const last = await makeEndpoint(ground.kafka, ground.schemas, 'last');
    await ground.say('registry', EndpointCreated, 'last', last);
    await eventually(() => get('/api/v1/endpoints/last').expect(200));
    const { body } = await get('/api/v1/endpoints/repeated').expect(200);
    expect(body.majors).toHaveLength(1);
  });

  it('says 503 with Retry-After while the database is away, and sends nothing', async () => {
    const before = (await sent()).length;
    await away(ground.databaseProxy);
    const { headers, body } = await send('RetireEndpoint', retire('away')).expect(503);
    await get('/api/v1/endpoints').expect(503);
    await ground.databaseProxy.accept();
    expect([headers['retry-after'], body.status]).toEqual(['5', 503]);
    expect(await sent()).toHaveLength(before);
    await eventually(() => send('RetireEndpoint', retire('back')).expect(202), { timeoutMs: 30_000 });
  });

  it('says 503 with Retry-After while the broker is away; the retry with the same key has one effect', async () => {
    const key = { 'idempotency-key': 'through the gap'.replaceAll(' ', '-') };
    await away(ground.kafkaProxy);
    const { headers, body } = await send('RetireEndpoint', retire('gap'), key).expect(503);
    expect([headers['retry-after'], body.code]).toEqual(['5', 'BROKER_AWAY']);
    await back(ground.kafkaProxy);
    const answer = await eventually(() => send('RetireEndpoint', retire('gap'), key).expect(202), {
      timeoutMs: 60_000,
    });
    const ids = idsOf(await sent()).filter((id) => id === answer.body.commandId);
    expect(ids.length).toBeGreaterThanOrEqual(1);
    expect(body.detail).toContain(answer.body.commandId);
  });

  it('keeps views and answers over a restart', async () => {
    const key = { 'idempotency-key': 'before-the-restart' };
    const first = await send('RetireEndpoint', retire('restart'), key).expect(202);
    await ground.restart();
    await get('/api/v1/endpoints/tripler').expect(200);
    const again = await send('RetireEndpoint', retire('restart'), key).expect(202);
    expect(again.body).toEqual(first.body);
  });
});
