import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AlertRaised,
  AlertResolved,
  ApprovalRequested,
  DatasetRegistered,
  JobProgressed,
  ModelClassified,
  ModelVersionRegistered,
  QualityMeasured,
  ReleaseApproved,
  ReleaseRejected,
  RunPlanned,
  SourceRegistered,
  sampleOf,
  WindowClosed,
} from '@millrace/contracts';
import { eventually } from '@millrace/testing';
import { GatewayGround, KEYS, type Role } from '../../test/gateway-ground';
import { COMMANDS } from '../commands/command-table';
import { routeTable } from './open-api';

jest.setTimeout(120_000);

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

const ARTIFACT_MAX_BYTES = 100_000;

describe('gateway > doors', () => {
  let ground: GatewayGround;
  let base: string;

  const call = (method: string, path: string, key?: string, more: RequestInit = {}) =>
    fetch(`${base}${path}`, {
      method: method.toUpperCase(),
      ...more,
      headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...(more.headers as Record<string, string>) },
      signal: AbortSignal.timeout(30_000),
    });
  /** For streams too: the status is known before the body ends. */
  const statusOf = async (method: string, path: string, key?: string) => {
    const answer = await call(method, path, key);
    await answer.body?.cancel();
    return answer.status;
  };
  const get = (path: string) => ground.http.get(path).set({ authorization: `Bearer ${KEYS.viewer}` });

  beforeAll(async () => {
    ground = await GatewayGround.start({ MILLRACE_ARTIFACT_MAX_BYTES: String(ARTIFACT_MAX_BYTES) });
    const { port } = (ground.application.getHttpServer() as Server).address() as AddressInfo;
    base = `http://127.0.0.1:${port}`;
  });
  afterAll(() => ground?.stop());

  /** What the router runs, whoever put it there. */
  function runningRoutes(): string[] {
    const { router } = ground.application.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
    return router.stack.flatMap(({ route }) =>
      route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
    );
  }

  it('documents every route that the running router has, and no other', () => {
    const documents = (name: string) => /^get \/openapi(\.json|\/|$)/.test(name);
    const running = runningRoutes().filter((name) => !documents(name));
    expect(running.sort()).toEqual(
      routeTable()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );
    expect(running.length).toBeGreaterThan(15);
  });

  it('asks every route for a key and a role, and lets in whom it names', async () => {
    const wrong: string[] = [];
    const callers: (Role | undefined)[] = [undefined, 'admin', 'approver', 'caller', 'viewer'];
    for (const { method, path, roles } of routeTable()) {
      for (const role of callers) {
        const status = await statusOf(method, path.replaceAll(/:\w+/g, 'x'), role && KEYS[role]);
        const open = roles.includes('anyone');
        const expected = open || (role && roles.includes(role)) ? 'in' : role ? '403' : '401';
        const seen = status === 401 || status === 403 ? String(status) : 'in';
        if (seen !== expected) wrong.push(`${method} ${path} as ${role}: ${status} instead of ${expected}`);
      }
      if (!roles.includes('anyone') && (await statusOf(method, path.replaceAll(/:\w+/g, 'x'), 'wrong')) !== 401)
        wrong.push(`${method} ${path} with a wrong key`);
    }
    expect(wrong).toEqual([]);
  });

  it('lets no viewer and no caller command, and no viewer infer', () => {
    const allowed = (path: string, method: string) =>
      routeTable().find((route) => route.path === path && route.method === method)?.roles;
    expect(allowed('/api/v1/commands/:name', 'post')).toEqual(['admin', 'approver']);
    expect(allowed('/api/v1/artifacts', 'put')).toEqual(['admin']);
    expect(allowed('/v2/models/:model/infer', 'post')).toEqual(['admin', 'caller']);
  });

  it('lets an approver decide about releases, and send no other command', async () => {
    const release = '3f1c1c9e-5d0a-4d5e-9d53-0d4b0f6f5a11';
    const bodies: Record<string, object> = {
      ApproveRelease: { release, binding: 'a'.repeat(64), roles: ['forged'] },
      RejectRelease: { release, reason: 'no' },
    };
    const open: string[] = [];
    for (const { name } of COMMANDS) {
      const answer = await call('post', `/api/v1/commands/${name}`, KEYS.approver, {
        body: JSON.stringify(bodies[name] ?? {}),
        headers: { 'content-type': 'application/json' },
      });
      if (answer.status !== 403) open.push(`${name}: ${answer.status}`);
    }
    expect(open.sort()).toEqual(['ApproveRelease: 202', 'RejectRelease: 202']);
  });

  it('shows the page to anyone, with headers that let it do nothing else', async () => {
    for (const file of ['/', '/page.js', '/flow.js', '/page.css']) {
      const answer = await call('get', file);
      expect([file, answer.status]).toEqual([file, 200]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('x-powered-by')).toBeNull();
    }
    expect(await (await call('get', '/')).text()).toContain('Last ten responses');
  });

  it.each(['/../package.json', '/%2e%2e/package.json', '/..%2fsrc/main.ts', '/.env', '/nothing'])(
    'serves nothing outside of the page: %s',
    async (path) => {
      const answer = await call('get', path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    },
  );

  it('gives an OpenAPI document whose references hold, with every command, and a UI for it', async () => {
    const answer = await call('get', '/openapi.json');
    const text = await answer.text();
    const document = JSON.parse(text) as { openapi: string; paths: object; components: { schemas: object } };
    expect(document.openapi).toBe('3.1.0');
    for (const { name } of COMMANDS) expect(document.paths).toHaveProperty([`/api/v1/commands/${name}`, 'post']);
    expect(document.paths).toHaveProperty(['/v2/models/{model}/infer', 'post', 'requestBody']);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(COMMANDS.length);
    for (const name of references) expect(document.components.schemas).toHaveProperty([name]);
    expect(text).not.toContain('$defs');
    const page = await call('get', '/openapi');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map((match) => /src="([^"]+)"/.exec(match[1]!)?.[1]);
    expect(scripts).toHaveLength(3);
    for (const script of scripts) {
      // An inline script would have no src, and the policy would stop it.
      const answer = await call('get', new URL(script!, `${base}/openapi`).pathname);
      expect([script, answer.status]).toEqual([script, 200]);
    }
  });

  it('keeps a file under its digest, refuses one that is too large and one that is no bytes', async () => {
    const put = (bytes: string | ReadableStream, type = 'application/octet-stream') =>
      call('put', '/api/v1/artifacts', KEYS.admin, {
        body: bytes,
        headers: { 'content-type': type },
        duplex: 'half',
      } as RequestInit);
    const kept = await put('abc');
    expect(await kept.json()).toEqual({
      digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      size: 3,
    });
    expect((await put('x'.repeat(ARTIFACT_MAX_BYTES + 1))).status).toBe(413);
    const unannounced = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(ARTIFACT_MAX_BYTES / 2));
        controller.enqueue(Buffer.alloc(ARTIFACT_MAX_BYTES));
        controller.close();
      },
    });
    expect((await put(unannounced)).status).toBe(413);
    expect((await put('{}', 'application/json')).status).toBe(415);
  });

  it('streams a snapshot a second while somebody looks', async () => {
    const looking = new AbortController();
    const answer = await fetch(`${base}/api/v1/live`, {
      headers: { authorization: `Bearer ${KEYS.viewer}` },
      signal: looking.signal,
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let text = '';
    const snapshots = () =>
      [...text.matchAll(/^data: (.+)\n\n/gm)].map((match) => JSON.parse(match[1]!) as { at: number });
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (snapshots().length >= 2) break;
    }
    looking.abort();
    const [first, second] = snapshots();
    expect(second!.at).toBeGreaterThan(first!.at);
    expect(Object.keys(first!).sort()).toEqual([
      ...['alerts', 'approvals', 'at', 'datasets', 'endpoints', 'lag', 'learners', 'models', 'quality', 'responses'],
      ...['risks', 'runs', 'services', 'topics', 'windows'],
    ]);
  });

  it('tells lag and offsets of consumer groups as kafka_exporter does', async () => {
    const { kafka } = ground;
    await kafka.admin.createTopics([{ name: 'lagging', partitions: 1, config: {} }]);
    const producer = kafka.idempotentProducer();
    await producer.send(
      'lagging',
      [1, 2, 3].map(() => ({ key: null, value: Buffer.from('x') })),
    );
    await producer.close();
    await kafka.admin.commitOffsets('slow', 'lagging', new Map([[0, 1]]));
    await eventually(
      async () => {
        const text = await ground.metrics();
        expect(text).toContain('kafka_consumergroup_lag{consumergroup="slow",topic="lagging",partition="0"} 2');
        expect(text).toContain(
          'kafka_consumergroup_current_offset{consumergroup="slow",topic="lagging",partition="0"} 1',
        );
        expect(text).toContain('kafka_topic_partition_current_offset{topic="lagging",partition="0"} 3');
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );
  });

  it('shows runs with their progress, models and data sets at a glance', async () => {
    const fact = { aggregateVersion: 1, run: 'r1', model: 'm' };
    await ground.say('training', RunPlanned, 'r1', { ...(sampleOf(RunPlanned) as RunPlanned), ...fact });
    const report = { ...(sampleOf(JobProgressed) as JobProgressed), run: 'r1', phase: 'search', done: 2, total: 5 };
    await ground.say('training', JobProgressed, 'worker', report);
    const version = {
      ...(sampleOf(ModelVersionRegistered) as ModelVersionRegistered),
      aggregateVersion: 1,
      model: 'm',
    };
    await ground.say('registry', ModelVersionRegistered, 'm', version);
    const dataset = { ...(sampleOf(DatasetRegistered) as DatasetRegistered), dataset: 'flights:1', rows: 7 };
    await ground.say('ingestion', DatasetRegistered, 'flights:1', dataset);
    await eventually(
      async () => {
        const { body } = await get('/api/v1/status').expect(200);
        const progress = { phase: 'search', done: 2, total: 5 };
        expect(body.runs).toMatchObject([{ run: 'r1', model: 'm', status: 'PLANNED', progress, holdOut: null }]);
        expect(body.models).toEqual([{ model: 'm', versions: 1 }]);
        expect(body.datasets).toEqual([{ dataset: 'flights:1', rows: 7 }]);
      },
      { timeoutMs: 30_000 },
    );
  });

  it('shows what waits for approval and the risk classes at a glance, and nothing that is decided', async () => {
    const said = {
      ...(sampleOf(ApprovalRequested) as ApprovalRequested),
      aggregateVersion: 1,
      endpoint: 'e',
      model: 'm',
    };
    const missing = [{ code: 'NOTICE', what: 'm has no notice', next: 'millrace risk notice m' }];
    for (const release of ['waits', 'decided'])
      await ground.say('governance', ApprovalRequested, release, { ...said, release, missing });
    const word = {
      ...(sampleOf(ReleaseApproved) as ReleaseApproved),
      aggregateVersion: 2,
      release: 'waits',
      by: 'ann',
    };
    await ground.say('governance', ReleaseApproved, 'waits', word);
    const no = { ...(sampleOf(ReleaseRejected) as ReleaseRejected), aggregateVersion: 2, release: 'decided' };
    await ground.say('governance', ReleaseRejected, 'decided', no);
    const risk = { ...(sampleOf(ModelClassified) as ModelClassified), aggregateVersion: 1, model: 'm' };
    await ground.say('governance', ModelClassified, 'm', { ...risk, riskClass: 'HIGH' });
    await eventually(
      async () => {
        const { body } = await get('/api/v1/status').expect(200);
        expect(body.approvals).toMatchObject([{ release: 'waits', endpoint: 'e', missing, approvedBy: ['ann'] }]);
        expect(body.risks).toEqual([{ model: 'm', riskClass: 'HIGH' }]);
      },
      { timeoutMs: 30_000 },
    );
    await get('/api/v1/approvals/decided')
      .expect(200)
      .expect(({ body }) => expect(body.status).toBe('REJECTED'));
    await get('/api/v1/risks/unknown').expect(404);
  });

  it('shows windows, quality and open alerts at a glance, and no slices', async () => {
    const about = { endpoint: 'e', major: 1, time: 'EVENT' as const, slice: null };
    const window = { ...(sampleOf(WindowClosed) as WindowClosed), ...about, start: 5, rows: 9 };
    const [column] = window.columns;
    const columns = [
      { ...column!, name: 'near', drift: { psi: 0.1, psiNoise: 0.2 }, alarm: false },
      { ...column!, name: 'far', drift: { psi: 0.5, psiNoise: 0.25 }, alarm: true },
      { ...column!, name: 'time', drift: null, alarm: false },
    ];
    await ground.say('monitoring', WindowClosed, 'e.v1', { ...window, aggregateVersion: 1, columns });
    const slice = { feature: 'origin', value: 'SFO' };
    await ground.say('monitoring', WindowClosed, 'e.v1', { ...window, aggregateVersion: 2, slice });
    const estimates = { auc: { value: 0.7, low: 0.6, high: 0.8 } };
    const measured = { ...(sampleOf(QualityMeasured) as QualityMeasured), ...about, start: 5, examples: 8, estimates };
    await ground.say('monitoring', QualityMeasured, 'e.v1', {
      ...measured,
      aggregateVersion: 3,
      holdOut: { auc: 0.8 },
    });
    const alert = { ...(sampleOf(AlertRaised) as AlertRaised), aggregateVersion: 1 };
    for (const name of ['open', 'over']) await ground.say('monitoring', AlertRaised, name, { ...alert, alert: name });
    const resolved = { ...(sampleOf(AlertResolved) as AlertResolved), aggregateVersion: 2, alert: 'over' };
    await ground.say('monitoring', AlertResolved, 'over', resolved);
    await eventually(
      async () => {
        const { body } = await get('/api/v1/status').expect(200);
        expect(body.windows).toEqual([{ id: 'e.v1', windows: [{ start: 5, rows: 9, shift: 0.25, alarms: ['far'] }] }]);
        const quality = { start: 5, examples: 8, auc: 0.7, labelRate: null, meanScore: null, holdOutAuc: 0.8 };
        expect(body.quality).toEqual([{ id: 'e.v1', windows: [quality] }]);
        expect(body.alerts).toMatchObject([{ alert: 'open', status: 'RAISED', acknowledged: null }]);
      },
      { timeoutMs: 30_000 },
    );
    const { body } = await get('/api/v1/windows').expect(200);
    expect(body.map(({ id }: { id: string }) => id).sort()).toEqual(['e.v1', 'e.v1[origin=SFO]']);
    await get('/api/v1/quality/e.v1').expect(200);
    await get(`/api/v1/windows/${encodeURIComponent('e.v1[origin=SFO]')}`).expect(200);
    await get('/api/v1/alerts/unknown').expect(404);
  });

  it('lists what facts say, names what is unknown, and looks back in time', async () => {
    await ground.say('ingestion', SourceRegistered, 'flights', sourceOf('flights'));
    await eventually(() => get('/api/v1/sources/flights').expect(200), { timeoutMs: 30_000 });
    const { body } = await get('/api/v1/sources').expect(200);
    expect(body).toMatchObject([
      { source: 'flights', owner: 'data team', from: { topic: 'ingestion.sources.v1', offset: 0 } },
    ]);
    const unknown = await get('/api/v1/sources/fligths').expect(404);
    expect(unknown.body).toMatchObject({
      code: 'UNKNOWN_SOURCE',
      detail: expect.stringContaining('There are: flights.'),
    });
    for (const odd of ['/api/v1/constructor', '/api/v1/sources/%00', '/api/v1/commands/%00'])
      await get(odd).expect(404);
    await get('/api/v1/sources/%zz').expect(400);
    await get('/api/v1/releases?at=2026-05-01T00:00:00Z').expect(200, []);
    await get('/api/v1/releases?at=yesterday').expect(400);
  });

  it('shows what the log gives once more, views of facts and of progress', async () => {
    const { tables, folded } = await ground.rebuild();
    expect(tables).toEqual([
      expect.objectContaining({ table: 'views', kind: 'projection', difference: null, hashRebuilt: tables[0]!.hash }),
    ]);
    expect(tables[0]!.rows).toBeGreaterThan(3);
    expect(folded).toBeGreaterThan(4);
  });
});

const sourceOf = (source: string): SourceRegistered => ({
  ...(sampleOf(SourceRegistered) as SourceRegistered),
  aggregateVersion: 1,
  source,
  owner: 'data team',
});
