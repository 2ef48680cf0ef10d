import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { avroOf, silentLogger, Topics, TreeHeadSigned } from '@millrace/contracts';
import { AvroCodec, frame, KafkaClient, parseSchema } from '@millrace/messaging';
import { startKafka } from '../../../../infra/kafka/kafka.cjs';
import { ForgedSegments } from '../../test/forged-segments';
import { FORGERIES } from '../../test/forgeries';
import { type HeadWithTrees, headsOver, writeTopic } from '../../test/real-ledger';
import { encodeHead, type HeadSigner, type SignedTreeHead, signHead } from '../head/tree-head';
import { ChainOnLog } from './chain-on-log';
import { KafkaPartition } from './kafka-partition';
import { SegmentFiles } from './segment-files';
import { verifyLedger } from './verify-ledger';

const TOPIC = 'orders';
const HEADS = 6;
const KEPT = 3;
const KINDS = [...FORGERIES.map(([name]) => name), 'sign again', 'cut tail', 'fork', 'roll back'];
const UNTOUCHED = 'untouched';
/** Whole segments at the beginning are gone, as retention takes them. */
const TRIMMED = 'trimmed';
/** The least that a broker takes. */
const SEGMENT_BYTES = 1_048_576;
const DAY_MS = 86_400_000;
const ours: HeadSigner = { keyId: 'ledger-1', privateKey: generateKeyPairSync('ed25519').privateKey };
const schema = parseSchema(JSON.stringify(avroOf(TreeHeadSigned)));
const codec = AvroCodec.of<TreeHeadSigned>(schema);
const schemas = { byId: async () => schema };

let folder: string;
let broker: Awaited<ReturnType<typeof startKafka>>;
/** By kind: what the chain was before, and the first offset that suffers. */
const ledgers = new Map<string, { anchor: SignedTreeHead; offset: number }>();
const prefixOf = (kind: string) => `${kind.replace(' ', '-')}.`;
const folderOf = (kind: string, topic: string) => path.join(folder, 'kafka', 'log', `${prefixOf(kind)}${topic}-0`);

async function connect(kind: string): Promise<KafkaClient> {
  return KafkaClient.connect({ brokers: [broker.brokers], clientId: 'spec', prefix: prefixOf(kind) }, silentLogger);
}

const valueFor = (head: HeadWithTrees): Buffer =>
  frame(
    1,
    codec.encode({
      aggregateVersion: head.sequence + 1,
      occurredAt: head.time,
      sequence: head.sequence,
      head: encodeHead(head),
      newRecords: 0,
      trees: head.trees.map((tree) => ({ ...tree })),
    }),
  );

/** One ledger of its own for each kind, so that one restart serves them all. */
async function makeLedger(kind: string): Promise<void> {
  const client = await connect(kind);
  if (kind === TRIMMED) await writeSegments(client);
  else await writeTopic(client, TOPIC, 6);
  const heads = await headsOver([new KafkaPartition(client, TOPIC, 0)], HEADS, ours);
  const { name } = Topics.treeHeads;
  await client.admin.createTopics([{ name, partitions: 1, config: {} }]);
  const producer = client.idempotentProducer();
  for (const head of heads) await producer.send(name, [{ key: Buffer.from('ledger'), value: valueFor(head) }]);
  await client.close();
  ledgers.set(kind, { anchor: heads[HEADS - 1], offset: -1 });
}

async function writeSegments(client: KafkaClient): Promise<void> {
  await client.admin.createTopics([
    { name: TOPIC, partitions: 1, config: { 'segment.bytes': String(SEGMENT_BYTES), 'retention.ms': '-1' } },
  ]);
  const producer = client.idempotentProducer();
  for (let batch = 0; batch < 30; batch++)
    await producer.send(TOPIC, [{ key: null, value: Buffer.alloc(SEGMENT_BYTES / 10, batch) }]);
  await producer.close();
}

/** Deletes the first segment. */
function trim(): void {
  const at = folderOf(TRIMMED, TOPIC);
  const [first] = fs.readdirSync(at).filter((file) => file.endsWith('.log')).sort(); // biome-ignore format: one line
  for (const file of fs.readdirSync(at))
    if (file.startsWith(first.replace('.log', '.'))) fs.rmSync(path.join(at, file));
}

/** Forges the files of one ledger. @returns the first offset that suffers; -1 where it is a head */
async function forge(kind: string): Promise<number> {
  const orders = ForgedSegments.read(TOPIC, folderOf(kind, TOPIC));
  const heads = ForgedSegments.read(Topics.treeHeads.name, folderOf(kind, Topics.treeHeads.name));
  const at = Array.from({ length: orders.length }, (_, index) => index).filter((index) => orders.isPlain(index))[2];
  const rows = await orders.rows(at);
  const headAt = async (index: number) => (await heads.rows(index))[0];
  const rewrite = async (index: number, head: HeadWithTrees) =>
    heads.replace(index, [{ ...(await headAt(index)), value: valueFor(head) }]);
  const forgery = FORGERIES.find(([name]) => name === kind);
  let offset = orders.offsetOf(at) + 1;
  if (forgery !== undefined) orders.replace(at, forgery[1](rows, 1));
  else if (kind === 'fork') {
    orders.replace(at, rows.with(1, { ...rows[1], value: Buffer.from('forged') }));
    orders.write(folderOf(kind, TOPIC));
    const forged = await headsOver([new SegmentFiles(TOPIC, 0, folderOf(kind, TOPIC))], HEADS, ours);
    for (const [index, head] of forged.entries()) await rewrite(index, head);
  } else {
    const files = [new SegmentFiles(TOPIC, 0, folderOf(kind, TOPIC))];
    const all = await headsOver(files, HEADS, ours, ledgers.get(kind)!.anchor.time - HEADS);
    if (kind === 'sign again') {
      const stranger = { ...ours, privateKey: generateKeyPairSync('ed25519').privateKey };
      await rewrite(KEPT, { ...all[KEPT], ...signHead(all[KEPT], stranger) });
      offset = -1;
    } else {
      const [end, next] = [KEPT - 1, KEPT].map((index) => all[index].partitions[0].nextOffset);
      await orders.cut(kind === 'cut tail' ? end : next - 1);
      await heads.cut(KEPT);
      offset = next - 1;
    }
  }
  orders.write(folderOf(kind, TOPIC));
  heads.write(folderOf(kind, Topics.treeHeads.name));
  return offset;
}

async function verdictOn(kind: string, more: { keptMs?: () => number; now?: number } = {}) {
  const client = await connect(kind);
  try {
    const { anchor } = ledgers.get(kind)!;
    return await verifyLedger({
      installation: 'i',
      findKey: (keyId) => (keyId === ours.keyId ? createPublicKey(ours.privateKey) : undefined),
      heads: new ChainOnLog(client, schemas, 'i').links(),
      sources: [new KafkaPartition(client, TOPIC, 0)],
      anchor,
      ...more,
    });
  } finally {
    await client.close();
  }
}

describe('ledger/verify > tampering through a broker', () => {
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-tampered-'));
    const place = { dataDir: path.join(folder, 'kafka'), logFile: path.join(folder, 'kafka.log') };
    broker = await startKafka(place);
    for (const kind of [...KINDS, UNTOUCHED, TRIMMED]) await makeLedger(kind);
    await broker.stop();
    for (const kind of KINDS) ledgers.set(kind, { ...ledgers.get(kind)!, offset: await forge(kind) });
    trim();
    // Whoever changes segments has the broker make their indexes anew.
    for (const file of ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint'])
      fs.rmSync(path.join(folder, 'kafka', 'log', file), { force: true });
    broker = await startKafka(place);
  }, 180_000);
  afterAll(async () => {
    await broker?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('raises no alarm over what nobody touched', async () => {
    const { findings, guarantee, uncoveredRecords } = await verdictOn(UNTOUCHED);
    expect([findings, guarantee?.sequence, uncoveredRecords]).toEqual([[], HEADS - 1, 0]);
  });

  it('begins a trimmed log at the next stored tree, and finds a trim that the policy does not allow', async () => {
    const later = Date.now() + 10 * DAY_MS;
    const allowed = await verdictOn(TRIMMED, { keptMs: () => DAY_MS, now: later });
    expect(allowed.findings).toEqual([]);
    const [{ upTo, verifiedFrom }] = allowed.trimmed;
    expect(upTo).toBeGreaterThan(0);
    expect(verifiedFrom).toBeGreaterThanOrEqual(upTo);
    expect(allowed.coveredRecords).toBe(30 - Number(verifiedFrom));
    for (const keptMs of [Number.POSITIVE_INFINITY, 400 * DAY_MS]) {
      const { findings } = await verdictOn(TRIMMED, { keptMs: () => keptMs, now: later });
      expect(findings).toMatchObject([{ code: 'LEDGER_TRIMMED_EARLY', position: { topic: TOPIC, from: 0, to: upTo } }]);
    }
  });

  it.each(KINDS)('finds what was done behind the back of a broker: %s', async (kind) => {
    const { offset } = ledgers.get(kind)!;
    const { findings } = await verdictOn(kind);
    expect(findings.length).toBeGreaterThan(0);
    if (kind === 'sign again') expect(findings[0]).toMatchObject({ code: 'LEDGER_HEAD_REFUSED', sequence: KEPT });
    else {
      const position = findings.find((finding) => finding.position)?.position;
      expect(position?.topic).toBe(TOPIC);
      expect(position?.from).toBeLessThanOrEqual(offset);
      expect(position?.to).toBeGreaterThan(offset);
    }
    const chain = { fork: 'LEDGER_FORKED', 'cut tail': 'LEDGER_ROLLED_BACK', 'roll back': 'LEDGER_ROLLED_BACK' }[kind];
    // The broker served what was forged: it took nothing of it for broken.
    if (FORGERIES.some(([name]) => name === kind)) expect(findings[0].code).toBe('LEDGER_RECORDS_DIFFER');
    if (chain !== undefined) expect(findings.map(({ code }) => code)).toContain(chain);
  });
});
