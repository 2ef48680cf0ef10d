import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EndpointCreated,
  endpointTopics,
  LedgerKeyRotated,
  LedgerRefused,
  ledgeredFacts,
  ledgeredOfEndpoint,
  RotateLedgerKey,
  SourceRefused,
  sampleOf,
  silentLogger,
  Topics,
  TreeHeadSigned,
  topicConfig,
} from '@millrace/contracts';
import { type ChainLink, ChainOnLog, HEAD_WITHIN_MS, KafkaPartition, verifyLedger } from '@millrace/ledger';
import { RecordBatchWriter } from '@millrace/messaging';
import { createDataSource } from '@millrace/persistence';
import { type Fact, makeInstallation, ServiceUnderTest } from '@millrace/testing';

const INSTALLATION = 'installation-under-test';
const traffic = endpointTopics('seen');
let service: ServiceUnderTest;
let keyFile: string;

beforeAll(async () => {
  const installation = await makeInstallation('governance');
  service = new ServiceUnderTest(installation, { MILLRACE_KEYS: installation.folder });
  keyFile = join(service.folder, 'governance.private.pem');
  await writeFile(keyFile, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  for (const topic of ledgeredOfEndpoint('seen', 1))
    await service.kafka.admin.createTopics([
      { name: topic.name, partitions: topic.partitions, config: topicConfig(topic) },
    ]);
  await service.start();
}, 120_000);
afterAll(() => service?.clear(), 60_000);

let times = 0;
/** A fact of some other service. */
const someFact = () => service.publish(SourceRefused, `s${times++}`, sampleOf(SourceRefused) as SourceRefused);
const heads = async () =>
  (await service.facts(Topics.treeHeads)).filter(({ record }) => record === TreeHeadSigned.fullName);
const sequenceOf = (head: Fact) => Number(head.data.sequence);

async function links(): Promise<ChainLink[]> {
  const found: ChainLink[] = [];
  for await (const link of new ChainOnLog(service.kafka, service.schemas, INSTALLATION).links()) found.push(link);
  return found;
}

/** Verifies all that is covered, with the first public key alone. */
async function verdict() {
  const firstKey = createPublicKey(createPrivateKey(await readFile(keyFile)));
  return verifyLedger({
    installation: INSTALLATION,
    findKey: (keyId) => (keyId === 'governance-1' ? firstKey : undefined),
    heads: await links(),
    sources: (topic, partition) => new KafkaPartition(service.kafka, topic, partition),
  });
}

/** Partitions that hold something, and that the ledger covers. */
async function written(): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of [...ledgeredFacts, ...ledgeredOfEndpoint('seen', 1)])
    for (const [partition, end] of await service.kafka.admin.endOffsets(name))
      if (end > 0) names.push(`${name}/${partition}`);
  return names.sort();
}

/** Waits until every record that there is now is covered. */
async function allCovered() {
  const expected = await written();
  return service.until('head over all records', verdict, ({ findings, uncoveredRecords, guarantee }) => {
    const covered = guarantee?.partitions.map(({ topic, partition }) => `${topic}/${partition}`) ?? [];
    return findings.length === 0 && uncoveredRecords === 0 && expected.every((name) => covered.includes(name));
  });
}

describe('governance > ledger', () => {
  it('covers facts and the traffic of a new endpoint, bytes as they are, within 10 s; and is silent when nothing comes', async () => {
    const fact = await someFact();
    const { responses, requests, outcomes, labelled } = traffic;
    await service.publish(EndpointCreated, 'seen', {
      ...(sampleOf(EndpointCreated) as EndpointCreated),
      endpoint: 'seen',
      major: 1,
    });
    await service.producer.send(requests.name, [
      { key: null, value: Buffer.from('no avro'), headers: [['h', 'x']] },
      { key: Buffer.from('tombstone'), value: null },
    ]);
    const transactional = service.kafka.transactionalProducer('t', { scope: { partitions: [] } });
    await transactional.init();
    const batch = (text: string) => new RecordBatchWriter(64).add(1, null, Buffer.from(text)).finish();
    await transactional.produce(responses.name, 3, batch('kept'));
    await transactional.commit();
    await transactional.produce(responses.name, 3, batch('dropped'));
    await transactional.abort();
    await transactional.close();
    await service.producer.send(outcomes.name, [{ key: Buffer.from('r'), value: Buffer.from('y') }]);
    const covered = await allCovered();
    const names = new Set(covered.guarantee?.partitions.map(({ topic }) => topic));
    for (const topic of [Topics.sources, Topics.endpoints, requests, responses, outcomes])
      expect(names).toContain(topic.name);
    expect(names).not.toContain(Topics.treeHeads.name);
    expect(names).not.toContain(labelled.name);
    expect(ledgeredFacts.map(({ name }) => name)).not.toContain(Topics.governanceStatus.name);
    const response = covered.guarantee?.partitions.find(
      ({ topic, partition }) => topic === responses.name && partition === 3,
    );
    expect(response?.treeSize).toBe(1);

    const written = (await service.records(Topics.sources.name)).find(
      ({ headers }) => String(headers.get('ce_id')) === fact,
    );
    const first = (await heads())[0];
    expect(first.timestamp - (written?.timestamp ?? 0)).toBeLessThan(HEAD_WITHIN_MS);
    const before = (await heads()).length;
    await sleep(2_500);
    expect(await heads()).toHaveLength(before);
  }, 60_000);

  it('signs at most one head a second while records keep coming', async () => {
    const before = (await heads()).length;
    const began = performance.now();
    while (performance.now() - began < 4_000) {
      await someFact();
      await sleep(50);
    }
    await allCovered();
    const made = (await heads()).slice(before);
    expect(made.length).toBeGreaterThanOrEqual(2);
    expect(made.length).toBeLessThanOrEqual((performance.now() - began) / 1_000 + 1);
    const stamps = made.map(({ data }) => Number(data.occurredAt));
    for (const [at, time] of stamps.slice(1).entries()) expect(time - stamps[at]).toBeGreaterThanOrEqual(900);
  }, 60_000);

  it('goes on with the same chain after kill -9, wherever it was', async () => {
    for (const crash of [
      'fold.before-commit',
      'fold.after-commit',
      'relay.before-produce',
      'relay.after-produce',
      null,
    ]) {
      await service.die();
      // It may die while it starts: what the one before left behind is enough for that.
      const started = service.start(crash === null ? {} : { MILLRACE_CRASH_AT: crash }).catch(() => null);
      await Promise.all([someFact(), someFact()]);
      const dying = await started;
      if (crash === null) await sleep(1_100);
      else if (dying !== null) expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    }
    await service.die();
    await service.start();
    await someFact();
    const { guarantee } = await allCovered();
    const sequences = [...new Set((await heads()).map(sequenceOf))].sort((a, b) => a - b);
    expect(sequences).toEqual(Array.from({ length: (guarantee?.sequence ?? 0) + 1 }, (_, at) => at));
  }, 120_000);

  it('signs with a new key from a command on, which the old key says; the first public key verifies all', async () => {
    const before = Math.max(...(await heads()).map(sequenceOf));
    const command = await service.command(RotateLedgerKey, 'ledger', { ledger: 'ledger', reason: 'its holder left' });
    expect(await service.answer(Topics.treeHeads, command)).toMatchObject({
      record: LedgerKeyRotated.fullName,
      data: { oldKeyId: 'governance-1', newKeyId: 'governance-2', firstSequence: before + 1, by: 'ann' },
    });
    expect((await stat(join(service.folder, 'governance-2.private.pem'))).mode & 0o777).toBe(0o600);
    await someFact();
    await service.until('head of the new key', heads, (all) => sequenceOf(all[all.length - 1]) > before);
    await allCovered();
    const last = (await links()).at(-1);
    expect(last).toMatchObject({ keyId: 'governance-2' });

    await service.stop();
    await service.start();
    await someFact();
    expect((await allCovered()).guarantee?.sequence).toBeGreaterThan(before + 1);
    const odd = await service.command(RotateLedgerKey, 'other', { ledger: 'other', reason: '' });
    expect(await service.answer(Topics.treeHeads, odd)).toMatchObject({
      record: LedgerRefused.fullName,
      data: { reasonCode: 'BAD_NAME' },
    });
    await someFact();
    await allCovered();
  }, 90_000);

  it('signs nothing with a key that others may read, says so, and goes on when that is cured', async () => {
    const file = join(service.folder, 'governance-2.private.pem');
    await service.stop();
    await chmod(file, 0o644);
    await service.start();
    await someFact();
    await service.until(
      'complaint',
      async () => service.output,
      (output) => output.includes('others may read it'),
    );
    await chmod(file, 0o600);
    await allCovered();
  }, 60_000);

  it('signs nothing when its database is older than the log', async () => {
    const { databaseUrl, prefix } = service.installation.ground;
    const schema = `${prefix.replaceAll('.', '_')}governance`;
    const database = await createDataSource({ url: databaseUrl, schema }, silentLogger);
    await service.stop();
    const before = (await heads()).length;
    await database.query('UPDATE ledgers SET version = version - 1');
    await service.start();
    await someFact();
    await service.until(
      'complaint',
      async () => service.output,
      (output) => output.includes('an older copy'),
    );
    expect(await heads()).toHaveLength(before);
    await database.query('UPDATE ledgers SET version = version + 1');
    await database.destroy();
    await allCovered();
  }, 60_000);
});
