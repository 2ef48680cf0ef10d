import path from 'node:path';
import { SchemaRegistry as KafkajsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { silentLogger } from '@millrace/contracts';
import { AvroCodec, FramedReader, KafkaClient, parseSchema, SchemaRegistryClient } from '@millrace/messaging';
import { eventually, FaultProxy, type NodeProcess, spawnNode, type TestGround, testGround } from '@millrace/testing';

jest.setTimeout(120_000);

const record = (...fields: object[]) => ({ type: 'record', name: 'R', namespace: 'n', fields });
const V1 = record({ name: 'a', type: 'int' });
const V2 = record({ name: 'a', type: 'int' }, { name: 'b', type: ['null', 'string'], default: null });

const MAIN = path.join(__dirname, 'main.ts');

/** A schema registry in a process of its own, on a free port. */
class RegistryProcess {
  private constructor(
    readonly process: NodeProcess,
    readonly url: string,
    readonly healthUrl: string,
  ) {}

  /** Starts it and waits until its door is open and, unless told otherwise, until it is the writer. */
  static async start(
    { kafka, prefix }: Pick<TestGround, 'kafka' | 'prefix'>,
    { env = {}, waitForWriter = true }: { env?: Record<string, string>; waitForWriter?: boolean } = {},
  ): Promise<RegistryProcess> {
    const process = spawnNode(MAIN, {
      env: {
        KAFKA_BROKERS: kafka,
        MILLRACE_PREFIX: prefix,
        MILLRACE_SCHEMA_REGISTRY_PORT: '0',
        MILLRACE_HEALTH_PORT: '0',
        MILLRACE_TRUSTED_KEYS: undefined,
        ...env,
      },
    });
    await process.waitFor(/"healthPort":\d+/, 60_000);
    if (waitForWriter) await process.waitFor('This schema registry is the writer', 60_000);
    const port = (pattern: RegExp) => pattern.exec(process.output)?.[1];
    const door = port(/"port":(\d+),"msg":"The door is open"/);
    return new RegistryProcess(process, `http://127.0.0.1:${door}`, `http://127.0.0.1:${port(/"healthPort":(\d+)/)}`);
  }

  async call(
    method: string,
    resource: string,
    body?: object,
  ): Promise<{ status: number; body: unknown; retryAfter: string | null }> {
    const response = await fetch(`${this.url}${resource}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: await response.json(), retryAfter: response.headers.get('retry-after') };
  }

  register(subject: string, schema: unknown) {
    return this.call('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) });
  }
}

describe('schema-registry', () => {
  describe('with other clients', () => {
    const ground = testGround();
    let registry: RegistryProcess;
    beforeAll(async () => {
      registry = await RegistryProcess.start(ground);
    });

    it('@kafkajs/confluent-schema-registry registers, encodes and decodes, and resolves', async () => {
      const client = new KafkajsRegistry({ host: registry.url });
      const { id } = await client.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(V1) },
        { subject: 'kafkajs-value' },
      );
      const again = await client.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(V1) },
        { subject: 'kafkajs-value' },
      );
      expect(again.id).toBe(id);
      const encoded = await client.encode(id, { a: 5 });
      expect(await client.decode(encoded)).toEqual({ a: 5 });
      expect(await client.getLatestSchemaId('kafkajs-value')).toBe(id);
      expect(await client.getRegistryId('kafkajs-value', 1)).toBe(id);
      expect(
        await client.getRegistryIdBySchema('kafkajs-value', { type: SchemaType.AVRO, schema: JSON.stringify(V1) }),
      ).toBe(id);
      // It sets BACKWARD at the first registration and refuses to change it later.
      expect((await registry.call('GET', '/config/kafkajs-value')).body).toEqual({ compatibilityLevel: 'BACKWARD' });
      const breaking = JSON.stringify(record({ name: 'z', type: 'int' }));
      await expect(
        client.register({ type: SchemaType.AVRO, schema: breaking }, { subject: 'kafkajs-value' }),
      ).rejects.toMatchObject({ status: 409 });
      await expect(client.getLatestSchemaId('nobody')).rejects.toMatchObject({ status: 404 });
    });

    it('what it writes, ours reads; what ours writes, it reads', async () => {
      const theirs = new KafkajsRegistry({ host: registry.url });
      const ours = new SchemaRegistryClient({ url: registry.url, prefix: 'p.' });
      const v2 = parseSchema(V2);
      const { id } = await theirs.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(V1) },
        { subject: 'p.both-value' },
      );
      expect(await ours.register('both-value', v2)).not.toBe(id);
      const reader = new FramedReader<{ a: number; b: string | null }>(ours, AvroCodec.of(v2));
      expect(await reader.read(await theirs.encode(id, { a: 7 }))).toEqual({ a: 7, b: null });
      await expect(reader.read(Buffer.from('00000f4240', 'hex'))).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA' });
      const latest = await ours.latest('both-value');
      const frame = Buffer.concat([
        Buffer.from([0, 0, 0, 0, latest?.id ?? 0]),
        AvroCodec.of(v2).encode({ a: 1, b: 'x' }),
      ]);
      expect(await theirs.decode(frame)).toEqual({ a: 1, b: 'x' });
    });

    it('our client sees levels, refusals and versions', async () => {
      const client = new SchemaRegistryClient({ url: registry.url, prefix: '' });
      await client.register('levels-value', parseSchema(V1));
      await client.setCompatibility('levels-value', 'FULL_TRANSITIVE');
      const breaking = parseSchema(record({ name: 'a', type: 'int' }, { name: 'c', type: 'int' }));
      await expect(client.register('levels-value', breaking)).rejects.toMatchObject({ code: 'SCHEMA_NOT_COMPATIBLE' });
      expect(await client.compatible('levels-value', breaking)).toMatchObject({
        compatible: false,
        messages: expect.any(Array),
      });
      await client.register('levels-value', parseSchema(V2));
      expect(await client.versions('levels-value')).toEqual([1, 2]);
    });

    it('the topic takes the prefix and holds Confluent’s JSON', async () => {
      await registry.register('shape-value', { type: 'enum', name: 'Shape', symbols: ['A'] });
      const client = await KafkaClient.connect(
        { brokers: [ground.kafka], clientId: 'test', prefix: ground.prefix },
        silentLogger,
      );
      const reader = client.partitionReader({ topic: '_schemas' });
      try {
        reader.assign('_schemas', 0, 'start');
        const keys: string[] = [];
        await eventually(async () => {
          for (const { records } of await reader.fetch(AbortSignal.timeout(5_000))) {
            while (records.next()) keys.push(records.record().key?.toString() ?? '');
          }
          expect(keys).toContain('{"keytype":"SCHEMA","subject":"shape-value","version":1,"magic":1}');
        });
      } finally {
        await client.close();
      }
    });
  });

  it('a restart keeps everything; so does a kill', async () => {
    const ground = testGround();
    const first = await RegistryProcess.start(ground);
    expect((await first.register('s', V1)).body).toEqual({ id: 1 });
    expect((await first.register('s', V2)).body).toEqual({ id: 2 });
    await first.call('PUT', '/config/s', { compatibility: 'FULL' });
    await first.call('DELETE', '/subjects/s/versions/1');
    expect(await first.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = await RegistryProcess.start(ground);
    expect((await second.call('GET', '/subjects/s/versions?deleted=true')).body).toEqual([1, 2]);
    expect((await second.call('GET', '/subjects/s/versions')).body).toEqual([2]);
    expect((await second.call('GET', '/config/s')).body).toEqual({ compatibilityLevel: 'FULL' });
    expect((await second.register('t', 'string')).body).toEqual({ id: 3 });
    await second.process.kill();

    const third = await RegistryProcess.start(ground);
    expect((await third.call('GET', '/schemas/ids/3')).body).toEqual({ schema: '"string"' });
  });

  describe('killed in the middle of a registration', () => {
    it.each([
      ['before the commit', 'schema-registry.before-commit', []],
      ['after the commit', 'schema-registry.after-commit', ['s']],
    ])('%s: the same request again has one effect', async (_, point, subjects) => {
      const ground = testGround();
      const first = await RegistryProcess.start(ground, { env: { MILLRACE_CRASH_AT: point } });
      await expect(first.register('s', V1)).rejects.toThrow();
      expect(await first.process.exit).toEqual({ code: null, signal: 'SIGKILL' });

      const second = await RegistryProcess.start(ground);
      expect((await second.call('GET', '/subjects')).body).toEqual(subjects);
      expect((await second.register('s', V1)).body).toEqual({ id: 1 });
      expect((await second.call('GET', '/subjects/s/versions')).body).toEqual([1]);
    });
  });

  it('two instances: the newer one writes, the older one answers reads and refuses writes', async () => {
    const ground = testGround();
    const older = await RegistryProcess.start(ground);
    await older.register('s', V1);
    const newer = await RegistryProcess.start(ground);
    expect(await older.register('s', V2)).toMatchObject({ status: 503, body: { error_code: 50003 }, retryAfter: '5' });
    expect((await newer.register('s', V2)).body).toEqual({ id: 2 });
    await eventually(async () => expect((await older.call('GET', '/subjects/s/versions')).body).toEqual([1, 2]));
    expect(await older.register('s', V1)).toMatchObject({ status: 503, body: { error_code: 50003 } });
    const ready = await fetch(`${older.healthUrl}/health/ready`);
    expect(ready.status).toBe(200);
    const metrics = await (await fetch(`${older.healthUrl}/metrics`)).text();
    expect(metrics).toContain('millrace_schema_registry_role{role="fenced"} 1');
  });

  it('broker away: writes get 503 with Retry-After, reads go on, and everything resumes', async () => {
    const ground = testGround();
    const proxy = await FaultProxy.start({ target: ground.kafka, protocol: 'kafka' });
    try {
      const registry = await RegistryProcess.start({ kafka: proxy.address, prefix: ground.prefix });
      await registry.register('s', V1);
      await proxy.refuse();
      await proxy.cut();
      expect(await registry.register('s', V2)).toMatchObject({ status: 503, retryAfter: '5' });
      expect((await registry.call('GET', '/subjects/s/versions')).body).toEqual([1]);
      expect((await registry.call('GET', '/schemas/ids/1')).status).toBe(200);
      expect((await fetch(`${registry.healthUrl}/health/ready`)).status).toBe(503);
      await proxy.accept();
      await eventually(
        async () => expect(await registry.register('s', V2)).toMatchObject({ status: 200, body: { id: 2 } }),
        {
          timeoutMs: 60_000,
          everyMs: 250,
        },
      );
      expect((await registry.call('GET', '/subjects/s/versions')).body).toEqual([1, 2]);
      await eventually(async () => expect((await fetch(`${registry.healthUrl}/health/ready`)).status).toBe(200), {
        timeoutMs: 30_000,
      });
    } finally {
      await proxy.close();
    }
  });
});
