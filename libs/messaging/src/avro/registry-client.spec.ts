import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AppError, InfrastructureError } from '@millrace/contracts';
import { AvroCodec } from './codec';
import { FramedReader } from './framed-reader';
import { frame } from './framing';
import { parseSchema } from './parse-schema';
import { UndecodableError } from './poison';
import { SchemaRegistryClient } from './registry-client';

const V1 = parseSchema({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] });
const V2 = parseSchema({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'long' }] });

type Answer = { status?: number; body?: unknown; raw?: string; hang?: true };

describe('messaging/avro/registry-client', () => {
  let server: Server;
  let url: string;
  let answers: Record<string, Answer>;
  let asked: string[];

  beforeEach(async () => {
    answers = {};
    asked = [];
    server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const line = `${request.method} ${request.url}`;
      asked.push(line);
      const answer = answers[line] ?? { status: 404, body: { error_code: 40401, message: 'not found' } };
      if (answer.hang) return;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(answer.raw ?? JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const client = (prefix = '', now = { at: 0 }) =>
    new SchemaRegistryClient({ url, prefix, timeoutMs: 300 }, { now: () => now.at });

  async function thrown(promise: Promise<unknown>): Promise<AppError> {
    return promise.then(
      () => {
        throw new Error('nothing was thrown');
      },
      (error) => error as AppError,
    );
  }

  it('registers once, under the prefix, and knows the id without asking', async () => {
    answers['POST /subjects/p%2Eserve.x-value/versions'.replace('%2E', '.')] = { body: { id: 5 } };
    const registry = client('p.');
    expect(await registry.register('serve.x-value', V1)).toBe(5);
    expect(await registry.register('serve.x-value', V1)).toBe(5);
    expect(asked).toHaveLength(1);
    expect(registry.schemaFor(5)).toBe(V1);
    expect(registry.codecFor(5)).toBe(AvroCodec.of(V1));
    expect(registry.codecFor(6)).toBeUndefined();
  });

  it('fetches an id once, however many ask at the same time', async () => {
    answers['GET /schemas/ids/7'] = { body: { schema: V1.text } };
    const registry = client();
    const [first, second] = await Promise.all([registry.byId(7), registry.byId(7)]);
    expect(first).toBe(second);
    expect(await registry.byId(7)).toBe(first);
    expect(asked).toEqual(['GET /schemas/ids/7']);
  });

  it('404 on an id is UNKNOWN_SCHEMA at once, and believed for a second', async () => {
    const now = { at: 0 };
    const registry = client('', now);
    for (let i = 0; i < 3; i++) {
      const error = await thrown(registry.byId(9));
      expect(error).toBeInstanceOf(UndecodableError);
      expect(error.code).toBe('UNKNOWN_SCHEMA');
    }
    expect(asked).toHaveLength(1);
    now.at = 1_001;
    answers['GET /schemas/ids/9'] = { body: { schema: V1.text } };
    expect((await registry.byId(9)).text).toBe(V1.text);
  });

  it.each<[string, Answer]>([
    ['JSON Schema', { body: { schema: '{}', schemaType: 'JSON' } }],
    ['references', { body: { schema: V1.text, references: [{ name: 'x', subject: 'x', version: 1 }] } }],
    ['a schema over the limits', { body: { schema: '['.repeat(1_000) } }],
  ])('%s behind an id is INCOMPATIBLE_SCHEMA', async (_, answer) => {
    answers['GET /schemas/ids/1'] = answer;
    expect((await thrown(client().byId(1))).code).toBe('INCOMPATIBLE_SCHEMA');
  });

  it.each<[string, Answer, string]>([
    ['500', { status: 500, body: { error_code: 50001, message: 'store' } }, 'SCHEMA_REGISTRY_TROUBLE'],
    ['503', { status: 503, body: { error_code: 50003, message: 'no writer' } }, 'SCHEMA_REGISTRY_TROUBLE'],
    ['429', { status: 429, body: { error_code: 42901, message: 'slow down' } }, 'SCHEMA_REGISTRY_TROUBLE'],
    ['a 404 page of something else', { status: 404, raw: '<html>' }, 'SCHEMA_REGISTRY_TROUBLE'],
    ['JSON without a schema', { body: { hello: 1 } }, 'SCHEMA_REGISTRY_TROUBLE'],
    ['an endless answer', { raw: `"${'x'.repeat(1_100_000)}"` }, 'SCHEMA_REGISTRY_UNREACHABLE'],
    ['no answer in time', { hang: true }, 'SCHEMA_REGISTRY_UNREACHABLE'],
    ['a redirect', { status: 302, raw: '' }, 'SCHEMA_REGISTRY_UNREACHABLE'],
  ])('%s is an infrastructure error', async (_, answer, code) => {
    answers['GET /schemas/ids/1'] = answer;
    const error = await thrown(client().byId(1));
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error.code).toBe(code);
    expect(error.retriable).toBe(true);
  });

  it('a registry that is away is an infrastructure error, and asked again', async () => {
    const registry = new SchemaRegistryClient({ url: 'http://127.0.0.1:1', prefix: '' });
    for (let i = 0; i < 2; i++) expect(await thrown(registry.byId(1))).toBeInstanceOf(InfrastructureError);
  });

  it('tells an incompatible schema from an invalid one', async () => {
    answers['POST /subjects/s/versions'] = { status: 409, body: { error_code: 409, message: 'field b' } };
    const incompatible = await thrown(client().register('s', V1));
    expect(incompatible).toMatchObject({ code: 'SCHEMA_NOT_COMPATIBLE', retriable: false });
    expect(incompatible.message).toMatch(/field b/);
    answers['POST /subjects/s/versions'] = { status: 422, body: { error_code: 42201, message: 'bad' } };
    expect(await thrown(client().register('s', V1))).toMatchObject({ code: 'SCHEMA_REFUSED', retriable: false });
  });

  it('looks up, lists, asks and sets', async () => {
    answers['POST /subjects/s'] = { body: { subject: 's', id: 3, version: 2, schema: V1.text } };
    answers['GET /subjects/s/versions/latest'] = { body: { subject: 's', id: 3, version: 2, schema: V1.text } };
    answers['GET /subjects/s/versions'] = { body: [1, 2] };
    answers['POST /compatibility/subjects/s/versions?verbose=true'] = {
      body: { is_compatible: false, messages: ['why'] },
    };
    answers['PUT /config/s'] = { body: { compatibility: 'FULL_TRANSITIVE' } };
    const registry = client();
    expect(await registry.lookup('s', V1)).toMatchObject({ id: 3, version: 2 });
    expect(await registry.latest('s')).toMatchObject({ id: 3, version: 2, schema: { text: V1.text } });
    expect(await registry.versions('s')).toEqual([1, 2]);
    expect(await registry.compatible('s', V1)).toEqual({ compatible: false, messages: ['why'] });
    await registry.setCompatibility('s', 'FULL_TRANSITIVE');
    expect(await registry.lookup('other', V1)).toBeUndefined();
    expect(await registry.latest('other')).toBeUndefined();
    expect(await registry.versions('other')).toEqual([]);
  });

  describe('framed reader', () => {
    it('learns a schema once and then decodes without an await', async () => {
      answers['GET /schemas/ids/1'] = { body: { schema: V1.text } };
      const reader = new FramedReader<{ a: number }>(client(), AvroCodec.of(V2));
      const value = frame(1, AvroCodec.of(V1).encode({ a: 5 }));
      expect(reader.unlearned(value)).toBe(1);
      await reader.learn(1);
      expect(reader.unlearned(value)).toBeNull();
      expect(reader.decode(value)).toEqual({ a: 5 });
      const inside = Buffer.concat([Buffer.from('xx'), value, Buffer.from('yy')]);
      expect(reader.decode(inside, 2, 2 + value.length)).toEqual({ a: 5 });
      expect(asked).toHaveLength(1);
    });

    it('remembers a schema that it cannot read', async () => {
      const other = parseSchema({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] });
      answers['GET /schemas/ids/2'] = { body: { schema: other.text } };
      const reader = new FramedReader<{ a: number }>(client(), AvroCodec.of(V2));
      const value = frame(2, AvroCodec.of(other).encode({ a: 'x' }));
      for (let i = 0; i < 2; i++) expect((await thrown(reader.read(value))).code).toBe('INCOMPATIBLE_SCHEMA');
      expect(asked).toHaveLength(1);
    });

    it('says what to do when a schema was not learned', () => {
      const reader = new FramedReader(client(), AvroCodec.of(V2));
      expect(() => reader.decode(frame(1, Buffer.from([2])))).toThrow(/not been fetched/);
    });
  });
});
