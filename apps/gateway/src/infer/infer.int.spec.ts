import { EndpointCreated, ReleaseActivated } from '@millrace/contracts';
import { eventually } from '@millrace/testing';
import { away, GatewayGround, KEYS } from '../../test/gateway-ground';
import { DOUBLED, makeEndpoint, SIGNATURE, TestLane } from '../../test/test-lane';

jest.setTimeout(120_000);

const tensor = (data: unknown[], more: object = {}) => ({
  name: 'x',
  shape: [data.length],
  datatype: 'FP64',
  data,
  ...more,
});

describe('gateway > infer', () => {
  let ground: GatewayGround;
  let lane: TestLane;
  let made: EndpointCreated;

  const as = (key: string) => ({ authorization: `Bearer ${key}` });
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    ground.http
      .post(path)
      .set({ ...as(KEYS.caller), ...headers })
      .send(body);
  const infer = (data: unknown[], more: object = {}, headers: Record<string, string> = {}) =>
    post('/v2/models/doubler/infer', { inputs: [tensor(data)], ...more }, headers);

  beforeAll(async () => {
    ground = await GatewayGround.start({ MILLRACE_INFER_DEADLINE: '10000' });
    made = await makeEndpoint(ground.kafka, ground.schemas, 'doubler');
    await ground.say('registry', EndpointCreated, 'doubler', made);
    await ground.say('registry', ReleaseActivated, 'doubler', {
      aggregateVersion: 3,
      occurredAt: Date.now(),
      endpoint: 'doubler',
      release: 'r',
      major: 1,
      revision: 1,
      arms: [
        {
          arm: 'only',
          model: 'doubler',
          version: 3,
          artifact: { digest: 'a'.repeat(64), size: 1, mediaType: 'application/octet-stream' },
          signature: SIGNATURE,
          probability: 1,
        },
      ],
      salt: 's',
      inputChecks: null,
    });
    lane = new TestLane(ground.kafka, ground.schemas, made);
    await lane.start();
    await eventually(() =>
      ground.http.get('/v2/models/doubler/ready').set(as(KEYS.viewer)).expect(200, { name: 'doubler', ready: true }),
    );
  });

  afterEach(() => {
    lane.verdict = DOUBLED;
  });

  afterAll(async () => {
    await lane?.stop();
    await ground?.stop();
  });

  it('tells about the server and the endpoint without having been asked to infer', async () => {
    await ground.http.get('/v2').expect(200, { name: 'millrace', version: '0.1.0', extensions: [] });
    await ground.http.get('/v2/health/live').expect(200);
    await ground.http.get('/v2/health/ready').expect(200, { ready: true });
    const { body } = await ground.http.get('/v2/models/doubler').set(as(KEYS.viewer)).expect(200);
    expect(body).toEqual({
      name: 'doubler',
      versions: ['3'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'x', datatype: 'FP64', shape: [-1] },
        { name: 'colour', datatype: 'BYTES', shape: [-1] },
      ],
      outputs: [{ name: 'y', datatype: 'FP64', shape: [-1] }],
    });
    await ground.http.get('/v2/models/doubler/versions/3').set(as(KEYS.viewer)).expect(200);
  });

  it('carries rows through the topics and answers in their order', async () => {
    const { body } = await infer([1, 2.5, -3], { id: 'mine' }).expect(200);
    expect(body).toMatchObject({
      model_name: 'doubler',
      id: 'mine',
      parameters: { release_revision: 1 },
      outputs: [{ name: 'y', datatype: 'FP64', shape: [3], data: [2, 5, -6] }],
    });
  });

  it('declares the caller and the deadline on each request', async () => {
    await infer([1077]).expect(200);
    const request = lane.requests.find((one) => one.features.x === 1077);
    expect(request).toMatchObject({ caller: 'caller', features: { x: 1077, colour: null } });
    expect(request!.deadline).toBeGreaterThan(Date.now());
  });

  it('answers 256 rows and refuses 257', async () => {
    const rows = Array.from({ length: 256 }, (_, row) => row);
    const { body } = await infer(rows).expect(200);
    expect(body.outputs[0].data).toEqual(rows.map((row) => 2 * row));
    await infer([...rows, 256]).expect(400);
  });

  it('answers 422 with the status of every row when one failed', async () => {
    lane.verdict = ({ features }) =>
      features.x === 13 ? { status: 'REJECTED', reasonCode: 'OUT_OF_RANGE:x' } : { outputs: { y: 0 } };
    const { body } = await infer([1, 13]).expect(422);
    expect(body.error).toBe('1 of 2 rows were not predicted: OUT_OF_RANGE:x.');
    expect(body.rows).toMatchObject([
      { row: 0, status: 'PREDICTED', reasonCode: null },
      { row: 1, status: 'REJECTED', reasonCode: 'OUT_OF_RANGE:x' },
    ]);
  });

  it('answers 504 when nobody answers in time, and says how many rows are missing', async () => {
    lane.verdict = () => null;
    const { body } = await infer([1, 2], { parameters: { timeout_ms: 300 } }).expect(504);
    expect(body.error).toMatch(/^2 of 2 rows had no response within 300 ms/);
  });

  it.each([
    [
      'an unknown endpoint',
      '/v2/models/doublet/infer',
      { inputs: [tensor([1])] },
      404,
      /There is no endpoint doublet.*doubler/,
    ],
    [
      'a version that is not live',
      '/v2/models/doubler/versions/2/infer',
      { inputs: [tensor([1])] },
      404,
      /There are: 3/,
    ],
    ['no inputs', '/v2/models/doubler/infer', {}, 400, /inputs/],
    ['an unknown input', '/v2/models/doubler/infer', { inputs: [{ ...tensor([1]), name: 'z' }] }, 400, /no input z/],
    [
      'a missing input',
      '/v2/models/doubler/infer',
      { inputs: [{ name: 'colour', shape: [1], datatype: 'BYTES', data: ['red'] }] },
      400,
      /x is missing/,
    ],
    [
      'a wrong datatype',
      '/v2/models/doubler/infer',
      { inputs: [tensor([1], { datatype: 'BYTES' })] },
      400,
      /BYTES.*FP64/,
    ],
    ['text for a number', '/v2/models/doubler/infer', { inputs: [tensor(['a'])] }, 400, /no number/],
    [
      'a shape that does not fit',
      '/v2/models/doubler/infer',
      { inputs: [tensor([1], { shape: [2] })] },
      400,
      /shape says 2/,
    ],
    [
      'a timeout beyond bounds',
      '/v2/models/doubler/infer',
      { inputs: [tensor([1])], parameters: { timeout_ms: 1e9 } },
      400,
      /timeout_ms/,
    ],
  ])('refuses %s', async (_, path, body, status, sentence) => {
    const answer = await post(path, body).expect(status);
    expect(answer.body.error).toMatch(sentence);
  });

  it('gives the same answer for the same Idempotency-Key, and 422 for another body', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await infer([1021], {}, key).expect(200);
    const sent = lane.requests.filter((one) => one.features.x === 1021).length;
    const again = await infer([1021], {}, key).expect(200);
    expect(again.body).toEqual(first.body);
    expect(lane.requests.filter((one) => one.features.x === 1021)).toHaveLength(sent);
    const other = await infer([22], {}, key).expect(422);
    expect(other.body.error).toMatch(/Idempotency-Key was used for another request/);
  });

  it('finds in the log what came too late for the call with the same key', async () => {
    const key = { 'idempotency-key': 'late' };
    let answer: () => void = () => {};
    const patience = new Promise<void>((resolve) => {
      answer = resolve;
    });
    lane.verdict = async () => {
      await patience;
      return { outputs: { y: 62 } };
    };
    const { answered } = lane;
    await infer([1031], { parameters: { timeout_ms: 200 } }, key).expect(504);
    answer();
    await eventually(() => expect(lane.answered).toBe(answered + 1));
    lane.verdict = () => null;
    const again = await infer([1031], { parameters: { timeout_ms: 200 } }, key).expect(200);
    expect(again.body.outputs[0].data).toEqual([62]);
    expect(lane.requests.filter((one) => one.features.x === 1031)).toHaveLength(1);
  });

  it('sends what is missing when the process went away before it had sent it all', async () => {
    const key = { 'idempotency-key': 'half' };
    lane.verdict = ({ features }) => (features.x === 1041 ? { outputs: { y: 1 } } : null);
    await infer([1041, 1042], { parameters: { timeout_ms: 300 } }, key).expect(504);
    lane.verdict = () => ({ outputs: { y: 2 } });
    const again = await infer([1041, 1042], { parameters: { timeout_ms: 300 } }, key).expect(200);
    expect(again.body.outputs[0].data).toEqual([1, 2]);
  });

  it('shows as many responses as there are requests, whatever transactions add to the offsets', async () => {
    const producer = ground.kafka.idempotentProducer();
    await producer.send(made.requestsTopic, [{ key: null, value: Buffer.from('no request') }]);
    await producer.close();
    await eventually(async () => {
      const { body } = await ground.http.get('/api/v1/status').set(as(KEYS.viewer)).expect(200);
      const { requests, responses, deadLetters, lag, ...endpoint } = body.endpoints[0];
      expect(endpoint).toMatchObject({ endpoint: 'doubler', status: 'LIVE', live: { revision: 1 } });
      expect([lag, deadLetters.records]).toEqual([0, 1]);
      expect(requests.records).toBe(lane.requests.length + 1);
      expect(responses.records).toBe(lane.requests.length);
    });
  });

  it('shows the last ten responses, newest first, also after a restart', async () => {
    await infer(Array.from({ length: 12 }, (_, row) => row)).expect(200);
    await infer([99]).expect(200);
    const look = async () => (await ground.http.get('/api/v1/status').set(as(KEYS.viewer)).expect(200)).body.responses;
    const before = await look();
    expect(before).toHaveLength(10);
    expect(before[0]).toMatchObject({ endpoint: 'doubler', status: 'PREDICTED', outputs: { y: 198 } });
    await ground.restart();
    await eventually(async () => expect((await look())[0]).toEqual(before[0]), { timeoutMs: 30_000 });
  });

  it('gives each of two gateways its own responses, and one answer for one key', async () => {
    const other = await ground.startAnother();
    try {
      const ask = (data: number[], key: Record<string, string> = {}) =>
        other.http
          .post('/v2/models/doubler/infer')
          .set({ ...as(KEYS.caller), ...key })
          .send({ inputs: [tensor(data)] });
      await eventually(() => ask([0]).expect(200), { timeoutMs: 30_000 });
      const numbers = Array.from({ length: 20 }, (_, at) => at);
      const answers = await Promise.all(numbers.map((at) => (at % 2 === 0 ? ask([at]) : infer([at]))));
      expect(answers.map(({ body }) => body.outputs?.[0].data[0])).toEqual(numbers.map((at) => 2 * at));
      const key = { 'idempotency-key': 'either-door' };
      const first = await infer([2001], {}, key).expect(200);
      expect((await ask([2001], key).expect(200)).body).toEqual(first.body);
      expect(lane.requests.filter((one) => one.features.x === 2001)).toHaveLength(1);
    } finally {
      expect(await other.stop()).toBe(true);
    }
  });

  it('lets the trace of the caller go on in the response', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await infer([2002], {}, { traceparent }).expect(200);
    await infer([2003], {}, { traceparent: 'nonsense' }).expect(200);
    const headers = (x: number) => lane.headers[lane.requests.findIndex((one) => one.features.x === x)]!;
    expect(String(headers(2002).get('traceparent'))).toBe(traceparent);
    expect(headers(2003).has('traceparent')).toBe(false);
  });

  it('needs no database without a key, and says 503 with Retry-After with one', async () => {
    await away(ground.databaseProxy);
    try {
      await infer([5]).expect(200);
      const { headers } = await infer([5], {}, { 'idempotency-key': 'away' }).expect(503);
      expect(headers['retry-after']).toBe('5');
    } finally {
      await ground.databaseProxy.accept();
    }
  });

  it('says 503 with Retry-After while the broker is away, and works again afterwards', async () => {
    await away(ground.kafkaProxy);
    const { headers, body } = await infer([5], { parameters: { timeout_ms: 500 } }).expect(503);
    expect(headers['retry-after']).toBe('5');
    expect(body.error).toMatch(/broker/);
    await ground.kafkaProxy.accept();
    await eventually(() => infer([6], { parameters: { timeout_ms: 2_000 } }).expect(200), { timeoutMs: 60_000 });
  });
});
