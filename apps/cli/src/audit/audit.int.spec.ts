import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  avroOf,
  EndpointCreated,
  endpointTopics,
  ledgeredOfEndpoint,
  type ModelSignature,
  type Outcome,
  outcomeSchema,
  type PredictionRequest,
  type PredictionResponse,
  RotateLedgerKey,
  requestSchema,
  responseSchema,
  sampleOf,
  signatureInput,
  subjectOf,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { makeInstallation, ServiceUnderTest } from '@millrace/testing';
import type { Context } from '../platform/context';
import { CHAPTERS } from '../trace/chapters';
import { treeHeadChapter } from '../trace/chapters/tree-head-chapter';
import type { Scene } from '../trace/scene';
import { trace } from '../trace/trace';
import { type AuditBundle, exportBundle } from './export-bundle';
import { auditVerify } from './verify';

const run = promisify(execFile);
const VERIFIER = path.join(__dirname, '../../../../examples/audit/verify-bundle.mjs');
const signature: ModelSignature = {
  inputs: [signatureInput('x', { type: 'DOUBLE', meaning: 'A number' })],
  outputs: [{ name: 'p', field: 'p', type: 'DOUBLE', rank: 2, width: 1, meaning: 'Probability' }],
};
const topics = endpointTopics('asked', 1, 2);

let service: ServiceUnderTest;
let context: Context;
let keyFile: string;

beforeAll(async () => {
  const installation = await makeInstallation('governance');
  service = new ServiceUnderTest(installation, { MILLRACE_KEYS: installation.folder });
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(at('governance.private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  keyFile = at('ledger.pem');
  await writeFile(keyFile, createPublicKey(createPrivateKey(await readFile(at('governance.private.pem')))).export({ type: 'spki', format: 'pem' })); // biome-ignore format: one line
  context = {
    platform: { trustedKeys: '' } as Context['platform'],
    gateway: {} as Context['gateway'],
    kafka: async () => service.kafka,
    schemas: async () => service.schemas,
    close: async () => {},
  };
  await keepSchemasOnLog();
  await makeEndpoint();
  await service.start();
}, 120_000);
afterAll(() => service?.clear(), 60_000);

const at = (name: string) => path.join(service.folder, name);

/** As a schema registry keeps them: the registry of the spec lives in memory. */
async function keepSchemasOnLog(): Promise<void> {
  await service.kafka.admin.createTopics([{ name: '_schemas', partitions: 1, config: {} }]);
  await service.producer.send('_schemas', [{ key: Buffer.from('{}'), value: Buffer.from('{"keytype":"NOOP"}') }]);
  for (const record of Topics.treeHeads.records) {
    const schema = parseSchema(JSON.stringify(avroOf(record)));
    const found = await service.schemas.lookup(subjectOf(Topics.treeHeads, record), schema);
    const value = JSON.stringify({ subject: 's', version: 1, id: found?.id, schema: schema.text });
    await service.producer.send('_schemas', [{ key: Buffer.from(record.fullName), value: Buffer.from(value) }]);
  }
}

const texts = {
  requests: JSON.stringify(requestSchema('asked', 1, signature)),
  responses: JSON.stringify(responseSchema('asked', 1, signature)),
  outcomes: JSON.stringify(outcomeSchema('asked', 1)),
};
const ids = { requests: 0, responses: 0, outcomes: 0 };

async function makeEndpoint(): Promise<void> {
  for (const topic of ledgeredOfEndpoint('asked', 1))
    await service.kafka.admin.createTopics([{ name: topic.name, partitions: 2, config: topicConfig(topic) }]);
  for (const kind of ['requests', 'responses', 'outcomes'] as const)
    ids[kind] = await service.schemas.register(`${topics[kind].name}-value`, parseSchema(texts[kind]));
  await service.publish(EndpointCreated, 'asked', {
    ...(sampleOf(EndpointCreated) as EndpointCreated),
    endpoint: 'asked',
    major: 1,
    partitions: 2,
    requestsTopic: topics.requests.name,
    responsesTopic: topics.responses.name,
    deadLettersTopic: topics.deadLetters.name,
    outcomesTopic: topics.outcomes.name,
    requestSchema: texts.requests,
    responseSchema: texts.responses,
    signature,
  });
}

/** Requests with their responses and outcomes, as everybody writes them. */
async function ask(requestIds: readonly string[]): Promise<void> {
  const codec = <T>(kind: keyof typeof texts) => AvroCodec.of<T>(parseSchema(texts[kind]));
  const bytes = <T>(kind: keyof typeof texts, data: T) => frame(ids[kind], codec<T>(kind).encode(data));
  const placed = await service.producer.send(
    topics.requests.name,
    requestIds.map((requestId) => ({
      partition: 1,
      key: Buffer.from(requestId),
      value: bytes<PredictionRequest>('requests', { requestId, eventTime: null, deadline: null, caller: null, features: { x: 1 } }), // biome-ignore format: one line
    })),
  );
  await service.producer.send(
    topics.responses.name,
    requestIds.map((requestId, index) => ({
      partition: 1,
      key: Buffer.from(requestId),
      value: bytes<PredictionResponse>('responses', {
        requestId,
        requestPartition: 1,
        requestOffset: placed[index].offset,
        status: 'REJECTED',
        reasonCode: 'NO_RELEASE',
        warnings: [],
        outputs: null,
        decision: null,
        releaseRevision: 0,
        runtime: 'spec',
        decidedAt: Date.now(),
      }),
    })),
  );
  await service.producer.send(
    topics.outcomes.name,
    requestIds.map((requestId) => ({
      key: Buffer.from(requestId),
      value: bytes<Outcome>('outcomes', { requestId, label: 1, eventTime: null }),
    })),
  );
}

const told = (requestId: string) =>
  trace(context, { requestId, endpoint: 'asked', within: '1h', since: Date.now() - 3_600_000, onProgress: () => {} });
const bundleOf = async (requestId: string, anchor?: string) =>
  exportBundle(context, await told(requestId), { ...(anchor ? { anchor } : {}), onRecords: () => {} });
const verify = (anchor?: string) =>
  auditVerify(context, {
    publicKey: keyFile,
    ...(anchor ? { anchor } : {}),
    onHeads: () => {},
    onRecords: () => {},
  });
const allCovered = () =>
  service.until(
    'head over all',
    () => verify().catch(() => null),
    (report) =>
      report !== null &&
      report.notCovered.length === 0 &&
      report.verdict.uncoveredRecords === 0 &&
      report.verdict.findings.length === 0,
  );

async function standAlone(bundle: AuditBundle, ...more: string[]): Promise<string> {
  const file = at(`${randomUUID()}.json`);
  await writeFile(file, JSON.stringify(bundle));
  const { stdout } = await run(process.execPath, [VERIFIER, file, '--public-key', keyFile, ...more]);
  return stdout;
}

describe('cli > audit', () => {
  it('verifies the log with Kafka and a public key, says where the guarantee ends, and keeps an anchor', async () => {
    await ask(['a-1', 'a-2', 'a-3']);
    await allCovered();
    const anchor = at('anchor.json');
    const first = await verify(anchor);
    expect(first).toMatchObject({ verdict: { findings: [], trimmed: [] }, notCovered: [], installation: 'installation-under-test' }); // biome-ignore format: one line
    expect(first.verdict.coveredRecords).toBeGreaterThanOrEqual(10);
    expect(first.anchor).toEqual({ before: null, now: first.heads - 1 });
    await ask(['b-1']);
    await allCovered();
    const second = await verify(anchor);
    expect(second.anchor?.before).toBe(first.heads - 1);
    expect(second.anchor?.now).toBeGreaterThan(first.heads - 1);
    const kept = JSON.parse(await readFile(anchor, 'utf8')) as Record<string, unknown>;
    expect(kept.sequence).toBe(second.heads - 1);
    // Another key is not believed, and an anchor of another history is not replaced.
    const strange = at('strange.pem');
    await writeFile(strange, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    const refused = await auditVerify(context, { publicKey: strange, anchor, onHeads: () => {}, onRecords: () => {} });
    expect(refused.verdict.findings[0].code).toBe('LEDGER_HEAD_REFUSED');
    expect(refused.heads).toBe(0);
    expect(JSON.parse(await readFile(anchor, 'utf8'))).toEqual(kept);
  }, 60_000);

  it('exports what a stand-alone verifier proves off line, over a change of the key and up to an anchor', async () => {
    await ask(Array.from({ length: 20 }, (_, index) => `c-${index}`));
    await allCovered();
    const bundle = await bundleOf('c-7');
    expect(bundle.records).toHaveLength(4);
    expect(bundle.heads).toHaveLength(2);
    expect(bundle.rotations).toEqual([]);
    expect(await standAlone(bundle)).toMatch(/request c-7: 4 records stood in the log/);

    await service.command(RotateLedgerKey, 'ledger', { ledger: 'ledger', reason: '' });
    await ask(['d-1']);
    await allCovered();
    const anchor = at('later.json');
    await verify(anchor);
    const later = await bundleOf('d-1', anchor);
    expect(later.rotations).toMatchObject([{ oldKeyId: 'governance-1', newKeyId: 'governance-2' }]);
    expect(await standAlone(later, '--anchor', anchor)).toMatch(/the one that was seen before/);
    const old = await bundleOf('c-7', anchor);
    expect(old.heads.length).toBeGreaterThan(2);
    expect(await standAlone(old, '--anchor', anchor)).toMatch(/the one that was seen before/);
    await expect(standAlone({ ...later, requestId: 'c-7' })).rejects.toThrow(/DOES NOT HOLD.*does not name/);
  }, 60_000);

  it('names the tree head that covers a response in its story', async () => {
    expect(CHAPTERS).toContain(treeHeadChapter);
    const story = await told('c-3');
    const head = story.nodes.find(({ kind }) => kind === 'tree head');
    expect(head?.title).toMatch(/^\d+ covers the response$/);
    expect(head?.from.map((id) => story.nodes.find((node) => node.id === id)?.kind)).toEqual(['response', 'request']);
    const place = { topic: topics.responses.name, partition: 1, offset: 1_000_000 };
    const notes: string[] = [];
    const nodes = [{ ...story.nodes[0], kind: 'response', place }];
    expect(await treeHeadChapter({ context, nodes, note: (text: string) => notes.push(text) } as unknown as Scene)).toEqual([]); // biome-ignore format: one line
    expect(notes).toEqual(['no tree head covers the response yet: it is not vouched for']);
  }, 60_000);
});
