import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { silentLogger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { testGround } from '@millrace/testing';
import { randomOf } from '../../../messaging/fuzz/random.cjs';
import { ForgedSegments } from '../../test/forged-segments';
import { FORGERIES } from '../../test/forgeries';
import { headsOver, writeTopic } from '../../test/real-ledger';
import { type HeadSigner, type SignedTreeHead, signHead } from '../head/tree-head';
import { KafkaPartition } from './kafka-partition';
import { SegmentFiles } from './segment-files';
import { verifyLedger } from './verify-ledger';

const { kafka, kafkaLog, prefix } = testGround();
const PLACES = 100;
const HEADS = 12;
const TOPICS = ['orders', 'payments'];
const ours: HeadSigner = { keyId: 'ledger-1', privateKey: generateKeyPairSync('ed25519').privateKey };
const stranger = generateKeyPairSync('ed25519').privateKey;
const findKey = (keyId: string) => (keyId === ours.keyId ? createPublicKey(ours.privateKey) : undefined);

let folder: string;
let heads: SignedTreeHead[];
const originals = new Map<string, ForgedSegments>();
const folderOf = (topic: string) => path.join(folder, `${topic}-0`);

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-tampering-'));
  const client = await KafkaClient.connect({ brokers: [kafka], clientId: 'tampering', prefix }, silentLogger);
  for (const topic of TOPICS) {
    await writeTopic(client, topic, 14, topic === 'payments' ? { 'compression.type': 'lz4' } : {});
    originals.set(topic, ForgedSegments.read(topic, path.join(kafkaLog, `${prefix}${topic}-0`)));
  }
  heads = await headsOver(
    TOPICS.map((topic) => new KafkaPartition(client, topic, 0)),
    HEADS,
    ours,
  );
  await client.close();
}, 60_000);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeEach(restore);

function restore(): void {
  for (const [topic, segments] of originals) segments.write(folderOf(topic));
}

function check(chain: readonly SignedTreeHead[], anchor?: SignedTreeHead) {
  const sources = TOPICS.map((topic) => new SegmentFiles(topic, 0, folderOf(topic)));
  return verifyLedger({ installation: 'i', findKey, heads: chain, sources, anchor });
}

/** A place at random, in a batch that readers see. */
function placeOf(seed: number) {
  const random = randomOf(seed);
  const topic = TOPICS[random.below(TOPICS.length)];
  const segments = originals.get(topic)!.copy();
  for (;;) {
    const at = random.below(segments.length);
    if (segments.isPlain(at)) return { topic, segments, at, random };
  }
}

describe('ledger/verify > tampering with what a real broker wrote', () => {
  it(`raises no alarm in ${PLACES} checks of the untouched files`, async () => {
    for (let round = 0; round < PLACES; round++) {
      const anchor = round % 2 === 0 ? undefined : heads[round % HEADS];
      const { findings, guarantee, uncoveredRecords } = await check(heads, anchor);
      expect(findings).toEqual([]);
      expect([guarantee?.sequence, uncoveredRecords]).toEqual([HEADS - 1, 0]);
    }
  });

  it.each(FORGERIES)(`finds every %s at ${PLACES} random places and names the first bad one`, async (_, forge) => {
    for (let seed = 0; seed < PLACES; seed++) {
      const { topic, segments, at, random } = placeOf(seed);
      const rows = await segments.rows(at);
      const row = random.below(rows.length - 1);
      const offset = segments.offsetOf(at) + row;
      segments.replace(at, forge(rows, row));
      segments.write(folderOf(topic));
      const { findings, guarantee } = await check(heads);
      const [first] = findings;
      expect(first?.position).toMatchObject({ topic, partition: 0 });
      expect(first?.position?.from).toBeLessThanOrEqual(offset);
      expect(first?.position?.to).toBeGreaterThan(offset);
      expect(guarantee?.sequence ?? -1).toBe(first.sequence - 1);
      originals.get(topic)!.write(folderOf(topic));
    }
  });

  it(`finds a head that was signed again with another key, at ${PLACES} random places`, async () => {
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const at = random.below(HEADS);
      const again = signHead(heads[at], { keyId: seed % 2 === 0 ? ours.keyId : 'ledger-2', privateKey: stranger });
      const { findings } = await check(heads.with(at, again));
      expect(findings[0]).toMatchObject({ code: 'LEDGER_HEAD_REFUSED', sequence: at });
    }
  });

  it.each(['cut tail', 'roll back'])(`finds a %s from ${PLACES} random places on by the anchor`, async (kind) => {
    const anchor = heads[HEADS - 1];
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const kept = 1 + random.below(HEADS - 1);
      for (const topic of TOPICS) {
        const segments = originals.get(topic)!.copy();
        const end = heads[kept - 1].partitions.find((entry) => entry.topic === topic)!.nextOffset;
        // Rolled back: an older state of everything, which holds some records that no head covers yet.
        const last = heads[kept].partitions.find((entry) => entry.topic === topic)!.nextOffset;
        await segments.cut(kind === 'cut tail' ? end : end + random.below(last - end));
        segments.write(folderOf(topic));
      }
      const { findings, guarantee } = await check(heads.slice(0, kept), anchor);
      expect(findings[0]).toMatchObject({ code: 'LEDGER_ROLLED_BACK', sequence: kept });
      expect(guarantee?.sequence).toBe(kept - 1);
      const gone = findings.filter(({ code }) => code === 'LEDGER_RECORDS_MISSING');
      expect(gone.map(({ position }) => position?.topic)).toEqual(TOPICS);
      expect((await check(heads.slice(0, kept))).findings).toEqual([]);
    }
  });

  it(`finds a fork with the right key from ${PLACES} random places on by the anchor`, async () => {
    const anchor = heads[HEADS - 1];
    for (let seed = 0; seed < PLACES; seed++) {
      const { topic, segments, at, random } = placeOf(seed);
      const rows = await segments.rows(at);
      const row = random.below(rows.length);
      const offset = segments.offsetOf(at) + row;
      segments.replace(at, rows.with(row, { ...rows[row], value: Buffer.from('forged') }));
      segments.write(folderOf(topic));
      const forged = await headsOver(
        TOPICS.map((name) => new SegmentFiles(name, 0, folderOf(name))),
        HEADS,
        ours,
      );
      const { findings, guarantee } = await check(forged, anchor);
      expect(findings).toContainEqual(expect.objectContaining({ code: 'LEDGER_FORKED', sequence: HEADS - 1 }));
      expect(guarantee).toBeNull();
      const position = findings.find((finding) => finding.position)?.position;
      expect(position?.topic).toBe(topic);
      expect(position?.from).toBeLessThanOrEqual(offset);
      expect(position?.to).toBeGreaterThan(offset);
      originals.get(topic)!.write(folderOf(topic));
    }
  });
});
