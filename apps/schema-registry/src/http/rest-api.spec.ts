import { silentLogger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { CLOCK, Health, LOGGER, Metrics, SETTINGS } from '@millrace/service';
import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { MemoryLog } from '../../test/memory-log';
import { SchemaRegistryModule } from '../schema-registry.module';
import { configureHttp } from './configure-http';

const clock = { now: () => 1_000 };
const record = (...fields: object[]) => ({ type: 'record', name: 'R', fields });
const V1 = record({ name: 'a', type: 'int' });
const V2 = record({ name: 'a', type: 'int' }, { name: 'b', type: 'int', default: 0 });
const BREAKING = record({ name: 'a', type: 'int' }, { name: 'c', type: 'int' });
const body = (schema: unknown) => ({ schema: JSON.stringify(schema) });
const text = (schema: object) => JSON.stringify(schema);

describe('schema-registry/http', () => {
  let memory: MemoryLog;
  let app: NestExpressApplication;
  let health: Health;

  beforeEach(async () => {
    memory = new MemoryLog();
    health = new Health(clock, silentLogger);
    const settings = { MILLRACE_SCHEMA_REGISTRY_COMPATIBILITY: 'BACKWARD' };
    const values = [
      { provide: KafkaClient, useValue: memory.client() },
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: silentLogger },
      { provide: CLOCK, useValue: clock },
      { provide: Health, useValue: health },
      { provide: Metrics, useValue: new Metrics() },
    ];
    @Global()
    @Module({ providers: values, exports: values.map(({ provide }) => provide) })
    class PlatformModule {}
    const testing = await Test.createTestingModule({ imports: [PlatformModule, SchemaRegistryModule] }).compile();
    app = testing.createNestApplication<NestExpressApplication>({ bodyParser: false });
    configureHttp(app);
    await app.init();
    for (let i = 0; i < 500 && !(await health.readiness()).ready; i++)
      await new Promise((resolve) => setTimeout(resolve, 5));
  });
  afterEach(async () => {
    memory.away = false;
    await app.close();
  });

  const http = () => request(app.getHttpServer());
  const register = async (subject: string, schema: unknown) =>
    http()
      .post(`/subjects/${encodeURIComponent(subject)}/versions`)
      .send(body(schema))
      .expect(200);

  describe('subjects', () => {
    it('registers, lists, reads and looks up', async () => {
      expect((await register('s', V1)).body).toEqual({ id: 1 });
      expect((await register('s', V2)).body).toEqual({ id: 2 });
      expect((await register('t', V1)).body).toEqual({ id: 1 });
      expect((await http().get('/subjects').expect(200)).body).toEqual(['s', 't']);
      expect((await http().get('/subjects?subjectPrefix=t').expect(200)).body).toEqual(['t']);
      expect((await http().get('/subjects/s/versions').expect(200)).body).toEqual([1, 2]);
      const latest = { subject: 's', version: 2, id: 2, schema: text(V2) };
      expect((await http().get('/subjects/s/versions/latest').expect(200)).body).toEqual(latest);
      expect((await http().get('/subjects/s/versions/-1').expect(200)).body).toEqual(latest);
      expect((await http().get('/subjects/s/versions/1').expect(200)).body).toMatchObject({ version: 1, id: 1 });
      expect((await http().get('/subjects/s/versions/1/schema').expect(200)).text).toBe(text(V1));
      expect((await http().post('/subjects/s').send(body(V2)).expect(200)).body).toEqual(latest);
    });

    it('treats white space, attribute order and {"type":"int"} as the same schema', async () => {
      await register('s', V1);
      const same = `{ "fields": [ {"type": {"type":"int"}, "name":"a"} ],\n "name":"R", "type":"record" }`;
      expect((await http().post('/subjects/s/versions').send({ schema: same }).expect(200)).body).toEqual({ id: 1 });
    });

    it('tells a schema with another default or doc from the same without', async () => {
      await register('s', V2);
      const other = record({ name: 'a', type: 'int' }, { name: 'b', type: 'int', default: 5 });
      expect((await register('s', other)).body).toEqual({ id: 2 });
    });

    it('takes subjects with slashes and percent signs', async () => {
      await register('a/b %2F', V1);
      expect((await http().get('/subjects').expect(200)).body).toEqual(['a/b %2F']);
    });

    it('soft deletes versions and subjects', async () => {
      await register('s', V1);
      await register('s', V2);
      expect((await http().delete('/subjects/s/versions/1').expect(200)).body).toBe(1);
      expect((await http().get('/subjects/s/versions').expect(200)).body).toEqual([2]);
      expect((await http().get('/subjects/s/versions?deleted=true').expect(200)).body).toEqual([1, 2]);
      expect((await http().get('/subjects/s/versions/1').expect(404)).body.error_code).toBe(40402);
      expect((await http().get('/subjects/s/versions/1?deleted=true').expect(200)).body.id).toBe(1);
      expect((await http().delete('/subjects/s').expect(200)).body).toEqual([2]);
      expect((await http().get('/subjects').expect(200)).body).toEqual([]);
      expect((await http().get('/subjects?deleted=true').expect(200)).body).toEqual(['s']);
      expect((await http().get('/schemas/ids/1').expect(200)).body).toEqual({ schema: text(V1) });
      expect((await http().post('/subjects/s').send(body(V1)).expect(404)).body.error_code).toBe(40401);
      expect((await http().post('/subjects/s?deleted=true').send(body(V1)).expect(200)).body.version).toBe(1);
    });

    it('refuses to delete for good', async () => {
      await register('s', V1);
      for (const path of ['/subjects/s?permanent=true', '/subjects/s/versions/1?permanent=true']) {
        const { body: answer } = await http().delete(path).expect(422);
        expect(answer).toMatchObject({ error_code: 42205, message: expect.stringContaining('not supported') });
      }
    });
  });

  describe('schemas', () => {
    it('by id, with subjects and versions', async () => {
      await register('s', V1);
      await register('t', V1);
      expect((await http().get('/schemas/ids/1').expect(200)).body).toEqual({ schema: text(V1) });
      expect((await http().get('/schemas/ids/1?fetchMaxId=true').expect(200)).body).toEqual({
        schema: text(V1),
        maxId: 1,
      });
      expect((await http().get('/schemas/ids/1/schema').expect(200)).text).toBe(text(V1));
      expect((await http().get('/schemas/ids/1/subjects').expect(200)).body).toEqual(['s', 't']);
      expect((await http().get('/schemas/ids/1/versions').expect(200)).body).toEqual([
        { subject: 's', version: 1 },
        { subject: 't', version: 1 },
      ]);
      await http().delete('/subjects/t').expect(200);
      expect((await http().get('/schemas/ids/1/subjects').expect(200)).body).toEqual(['s']);
      expect((await http().get('/schemas/ids/1/subjects?deleted=true').expect(200)).body).toEqual(['s', 't']);
      expect((await http().get('/schemas/types').expect(200)).body).toEqual(['AVRO']);
    });
  });

  describe('config and compatibility', () => {
    it('BACKWARD by default, per subject, and back', async () => {
      expect((await http().get('/config').expect(200)).body).toEqual({ compatibilityLevel: 'BACKWARD' });
      expect((await http().get('/config/s').expect(404)).body.error_code).toBe(40408);
      expect((await http().get('/config/s?defaultToGlobal=true').expect(200)).body).toEqual({
        compatibilityLevel: 'BACKWARD',
      });
      expect((await http().put('/config').send({ compatibility: 'full' }).expect(200)).body).toEqual({
        compatibility: 'FULL',
      });
      expect((await http().put('/config/s').send({ compatibility: 'NONE' }).expect(200)).body).toEqual({
        compatibility: 'NONE',
      });
      expect((await http().get('/config').expect(200)).body).toEqual({ compatibilityLevel: 'FULL' });
      expect((await http().delete('/config/s').expect(200)).body).toEqual({ compatibilityLevel: 'NONE' });
      expect((await http().delete('/config/s').expect(404)).body.error_code).toBe(40401);
      expect((await http().delete('/config').expect(200)).body).toEqual({ compatibilityLevel: 'FULL' });
      expect((await http().get('/config').expect(200)).body).toEqual({ compatibilityLevel: 'BACKWARD' });
    });

    it('refuses a version that breaks the level, and says why', async () => {
      await register('s', V1);
      const { body: answer } = await http().post('/subjects/s/versions').send(body(BREAKING)).expect(409);
      expect(answer.error_code).toBe(409);
      expect(answer.message).toMatch(
        /READER_FIELD_MISSING_DEFAULT_VALUE.*'c' at path '\/fields\/1'.*oldSchemaVersion: 1/,
      );
      await http().put('/config/s').send({ compatibility: 'NONE' }).expect(200);
      expect((await register('s', BREAKING)).body).toEqual({ id: 2 });
    });

    it('answers before registering', async () => {
      await register('s', V1);
      const check = (path: string, schema: unknown) =>
        http().post(`/compatibility/subjects/${path}`).send(body(schema));
      expect((await check('s/versions/latest', V2).expect(200)).body).toEqual({ is_compatible: true });
      expect((await check('s/versions', V2).expect(200)).body).toEqual({ is_compatible: true });
      expect((await check('s/versions/1', BREAKING).expect(200)).body).toEqual({ is_compatible: false });
      const { body: verbose } = await check('s/versions/1?verbose=true', BREAKING).expect(200);
      expect(verbose).toMatchObject({
        is_compatible: false,
        messages: [expect.stringContaining("'c'"), expect.anything(), expect.anything(), expect.anything()],
      });
      expect((await check('new/versions/latest', V1).expect(200)).body).toEqual({ is_compatible: true });
      expect((await check('s/versions/9', V1).expect(404)).body.error_code).toBe(40402);
      expect((await check('s/versions/1', 'nope').expect(422)).body.error_code).toBe(42201);
      expect((await check('s/versions/1?verbose=true', 'nope').expect(200)).body).toMatchObject({
        is_compatible: false,
      });
    });
  });

  describe('errors in the shape of the registry', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 'int' : { type: 'array', items: deep(levels - 1) });
    const bombs: [string, object][] = [
      ['over 64 KiB', { schema: JSON.stringify(record({ name: 'a', type: 'int', doc: 'x'.repeat(70_000) })) }],
      ['deeper than 16', body(deep(17))],
      [
        'more than 512 fields',
        body(record(...Array.from({ length: 513 }, (_, i) => ({ name: `f${i}`, type: 'int' })))),
      ],
      [
        'more than 1,024 symbols',
        body({ type: 'enum', name: 'E', symbols: Array.from({ length: 1_025 }, (_, i) => `S${i}`) }),
      ],
      ['brackets without end', { schema: '['.repeat(60_000) }],
    ];
    it.each<[string, object]>([
      ['no schema', {}],
      ['an empty schema', { schema: '' }],
      ['no JSON', { schema: '{' }],
      ['no Avro', { schema: '{"type":"nope"}' }],
      ['JSON Schema', { schema: '{}', schemaType: 'JSON' }],
      ['references', { ...body(V1), references: [{ name: 'x', subject: 'x', version: 1 }] }],
      ...bombs,
    ])('42201 for %s', async (_, sent) => {
      const { body: answer } = await http().post('/subjects/s/versions').send(sent).expect(422);
      expect(answer).toEqual({ error_code: 42201, message: expect.any(String) });
      expect(memory.records).toHaveLength(0);
    });

    it.each<[number, number, 'get' | 'post' | 'put' | 'delete', string, object?]>([
      [404, 40401, 'get', '/subjects/z/versions'],
      [404, 40401, 'get', '/subjects/z/versions/1'],
      [404, 40401, 'delete', '/subjects/z'],
      [404, 40401, 'post', '/subjects/z', body(V1)],
      [404, 40403, 'get', '/schemas/ids/77'],
      [404, 40403, 'get', '/schemas/ids/x'],
      [404, 40403, 'get', '/schemas/ids/77/subjects'],
      [422, 42202, 'get', '/subjects/z/versions/0'],
      [422, 42202, 'get', '/subjects/z/versions/x'],
      [422, 42202, 'delete', '/subjects/z/versions/x'],
      [422, 42203, 'put', '/config', { compatibility: 'SIDEWAYS' }],
      [422, 42203, 'put', '/config/s', {}],
      [422, 42205, 'post', '/subjects/s/versions', { ...body(V1), id: 5, version: 2 }],
      [422, 42208, 'post', '/subjects/%0A/versions', body(V1)],
      [404, 404, 'get', '/nowhere'],
    ])('%i, %i: %s %s', async (status, errorCode, method, path, sent = undefined) => {
      const call = http()[method](path);
      const { body: answer } = await (sent ? call.send(sent) : call).expect(status);
      expect(answer).toEqual({ error_code: errorCode, message: expect.any(String) });
    });

    it('a malformed or huge body is the client’s fault', async () => {
      const post = () => http().post('/subjects/s/versions').set('content-type', 'application/json');
      expect((await post().send('{"schema":').expect(400)).body.error_code).toBe(400);
      expect(
        (
          await post()
            .send(JSON.stringify({ schema: 'x'.repeat(300_000) }))
            .expect(413)
        ).body.error_code,
      ).toBe(413);
    });

    it('503 with Retry-After while the log is away; reads go on', async () => {
      await register('s', V1);
      memory.away = true;
      const answer = await http().post('/subjects/s/versions').send(body(V2)).expect(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.body.error_code).toBe(50001);
      await http().get('/subjects/s/versions/1').expect(200);
    });
  });

  describe('media types', () => {
    it.each([
      ['application/vnd.schemaregistry.v1+json', 'application/vnd.schemaregistry.v1+json'],
      ['application/vnd.schemaregistry+json', 'application/vnd.schemaregistry+json'],
      ['application/json', 'application/json'],
      ['application/json; q=0.5, application/vnd.schemaregistry.v1+json', 'application/vnd.schemaregistry.v1+json'],
      ['*/*', 'application/vnd.schemaregistry.v1+json'],
      ['text/html', 'application/vnd.schemaregistry.v1+json'],
    ])('Accept: %s', async (accept, type) => {
      for (const path of ['/subjects', '/', '/nowhere', '/schemas/ids/9']) {
        const { headers } = await http().get(path).set('accept', accept);
        expect(headers['content-type']?.split(';')[0]).toBe(type);
      }
    });

    it.each([
      'application/vnd.schemaregistry.v1+json',
      'application/vnd.schemaregistry+json',
      'application/json',
      'application/octet-stream',
    ])('reads a body of type %s', async (type) => {
      const call = http().post('/subjects/s/versions').set('content-type', type);
      expect(JSON.parse((await call.send(JSON.stringify(body(V1))).expect(200)).text)).toEqual({ id: 1 });
    });

    it('refuses other bodies', async () => {
      const call = http().post('/subjects/s/versions').set('content-type', 'text/plain');
      expect((await call.send('hello').expect(415)).text).toContain('415');
    });

    it('answers {} at the root, without saying what it runs on', async () => {
      const { body: answer, headers } = await http().get('/').expect(200);
      expect(answer).toEqual({});
      expect(headers['x-powered-by']).toBeUndefined();
    });
  });

  it('is ready when it has read the log and owns it', async () => {
    expect(await health.readiness()).toEqual({ ready: true, reasons: [] });
  });
});
