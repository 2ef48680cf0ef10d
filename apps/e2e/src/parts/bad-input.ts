import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { avroOf, DeadLetter, type PredictionResponse } from '@millrace/contracts';
import { AvroCodec, frame, parseSchema, SchemaRegistryClient } from '@millrace/messaging';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';

/** Whatever is put on a topic or said to a door: nothing is lost, nothing dies, and the reason is named. */
export function badInput(platform: () => E2ePlatform): void {
  describe('bad input on the request topic', () => {
    let topics: EndpointTopics;
    let letters: AvroCodec<DeadLetter>;
    beforeAll(async () => {
      topics = await EndpointTopics.of(platform(), 'flights-late');
      letters = AvroCodec.of(parseSchema(JSON.stringify(avroOf(DeadLetter))));
    });

    const deadLetterOf = async (value: Buffer): Promise<DeadLetter> => {
      const [position] = await topics.send([{ key: 'bad', value }]);
      const find = async () =>
        (await topics.readDeadLetters(letters)).filter(
          (letter) => letter.partition === position!.partition && letter.offset === position!.offset,
        );
      await platform().until(async () => (await find()).length > 0, 30_000, 'put it to the dead letters');
      const found = await find();
      expect(found).toHaveLength(1);
      return found[0]!;
    };

    it.each([
      ['garbage', () => Buffer.from('no avro at all'), 'UNREADABLE'],
      ['an empty value', () => Buffer.alloc(0), 'UNREADABLE'],
      ['a truncated request', () => topics.encode(topics.request('cut')).subarray(0, 20), 'UNREADABLE'],
      ['trailing bytes', () => Buffer.concat([topics.encode(topics.request('more')), Buffer.from([0])]), 'UNREADABLE'],
      [
        'six hostile bytes',
        () => frame(topics.endpoint.requestSchemaId, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])),
        'UNREADABLE',
      ],
      [
        'a schema id that the registry does not know',
        () => frame(999_999, topics.encode(topics.request('x')).subarray(5)),
        'UNKNOWN_SCHEMA',
      ],
    ])('%s: a dead letter with the bytes', async (_, bytes, reasonCode) => {
      const value = bytes();
      expect(await deadLetterOf(value)).toMatchObject({ reasonCode, topic: topics.endpoint.requestsTopic, value });
    });

    it('a schema without a field that has no default: INCOMPATIBLE_SCHEMA', async () => {
      const schema = parseSchema(
        JSON.stringify({
          type: 'record',
          name: 'Short',
          namespace: 'e2e',
          fields: [{ name: 'requestId', type: 'string' }],
        }),
      );
      const registry = new SchemaRegistryClient({ url: platform().file.schemaRegistryUrl, prefix: '' });
      const id = await registry.register('e2e-short-value', schema);
      expect(await deadLetterOf(frame(id, AvroCodec.of(schema).encode({ requestId: 'short' })))).toMatchObject({
        reasonCode: 'INCOMPATIBLE_SCHEMA',
      });
    });

    it.each([
      ['NaN', { distance: Number.NaN }, {}, { status: 'REJECTED', reasonCode: 'NAN_INPUT:distance' }],
      [
        'infinity',
        { distance: Number.POSITIVE_INFINITY },
        {},
        { status: 'REJECTED', reasonCode: 'NAN_INPUT:distance' },
      ],
      ['an unseen category', { origin: 'MOON' }, {}, { status: 'PREDICTED', warnings: ['UNSEEN_CATEGORY:origin'] }],
      [
        'a value outside the training range',
        { distance: 1e9 },
        {},
        { status: 'PREDICTED', warnings: ['OUT_OF_RANGE:distance'] },
      ],
      ['a deadline that has passed', {}, { deadline: 1 }, { status: 'EXPIRED', decision: null }],
    ])('%s', async (name, features, change, expected) => {
      const requestId = `bad ${name}`;
      await topics.send([{ key: requestId, value: topics.encode(topics.request(requestId, features, change)) }]);
      let found: PredictionResponse[] = [];
      await platform().until(
        async () => {
          found = (await topics.readResponses())
            .map(({ response }) => response)
            .filter((response) => response.requestId === requestId);
          return found.length > 0;
        },
        30_000,
        'answer it',
      );
      expect(found).toMatchObject([expected]);
    });
  });

  describe('bad input at the doors', () => {
    it('an unknown endpoint: 404 at the gateway, exit 1 with the nearest name on the command line', async () => {
      const answer = await platform().call('POST', '/v2/models/flights-lat/infer', {
        inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }],
      });
      expect(answer.status).toBe(404);
      expect(await platform().cli('endpoint', 'show', 'flights-lat')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Did you mean flights-late?'),
      });
    });

    it('nobody without a key', async () => {
      const answer = await fetch(`${platform().file.gatewayUrl}/api/v1/models`);
      expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
        status: 401,
        type: expect.stringContaining('application/problem+json'),
      });
      const viewer = await platform().call(
        'POST',
        '/api/v1/commands/RetireEndpoint',
        { endpoint: 'flights-late' },
        { authorization: `Bearer ${platform().key('viewer')}` },
      );
      expect(viewer.status).toBe(403);
    });

    it('a command that is not signed has no effect and becomes a dead letter', async () => {
      const kafka = await platform().kafka();
      const producer = kafka.idempotentProducer();
      await producer.send('registry.commands.v1', [{ key: Buffer.from('flights-late'), value: Buffer.from('forged') }]);
      await producer.close();
      await platform().until(
        async () => (await platform().cli('dlq', 'list')).stdout.includes('registry.dead-letters.v1'),
        30_000,
        'refuse the command',
      );
    });

    it.each([
      ['no ONNX file', Buffer.from('I am no model'), 'MALFORMED'],
      ['a pickle', Buffer.from([0x80, 0x04, 0x95, 0x0a]), 'NOT_ONNX'],
    ])('%s is refused with the reason', async (_, bytes, code) => {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'millrace-bad-')), 'model.onnx');
      writeFileSync(file, bytes);
      const { code: exit, stderr } = await platform().cli('model', 'import', 'foreign', file);
      expect({ exit, stderr }).toMatchObject({ exit: 1, stderr: expect.stringContaining(code) });
    });

    it('usage errors end with 2 and refusals with 1', async () => {
      expect((await platform().cli('predict')).code).toBe(2);
      expect((await platform().cli('no-such-command')).code).toBe(2);
      expect((await platform().cli('dataset', 'snapshot', 'nothing')).code).toBe(1);
    });
  });
}
