import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { silentLogger } from '@millrace/contracts';
import { KafkaClient, RecordBatchWriter } from '@millrace/messaging';
import { eventually, testGround } from '@millrace/testing';
import { PartitionTrees } from '../head/partition-trees';
import { NO_PREVIOUS, signHead } from '../head/tree-head';
import { LeafEncoder } from '../leaf/leaf-encoder';
import { KafkaPartition } from './kafka-partition';
import type { RecordSource } from './record-source';
import { SegmentFiles } from './segment-files';
import { verifyLedger } from './verify-ledger';

const { kafka, kafkaLog, prefix } = testGround();
const signer = { keyId: 'k', privateKey: generateKeyPairSync('ed25519').privateKey };
const findKey = () => createPublicKey(signer.privateKey);
const CODECS = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'];
/** More than a segment of the least size that a broker takes. */
const SEGMENT_BYTES = 1_048_576;

let client: KafkaClient;
let copies: string;
beforeAll(async () => {
  client = await KafkaClient.connect({ brokers: [kafka], clientId: 'ledger-spec', prefix }, silentLogger);
  copies = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ledger-'));
}, 60_000);
afterAll(async () => {
  await client.close();
  fs.rmSync(copies, { recursive: true, force: true });
});

/** The partition as it lies on the broker's disk now. */
function segmentsOf(topic: string, partition = 0): SegmentFiles {
  const folder = path.join(copies, `${topic}-${partition}-${randomBytes(4).toString('hex')}`);
  fs.cpSync(path.join(kafkaLog, `${prefix}${topic}-${partition}`), folder, { recursive: true });
  return new SegmentFiles(topic, partition, folder);
}

async function makeTopic(name: string, config: Record<string, string> = {}, partitions = 1): Promise<void> {
  await client.admin.createTopics([{ name, partitions, config }]);
}

const batchOf = (...rows: [key: string | null, value: string | null, headers?: [string, Buffer | null][]][]) => {
  const writer = new RecordBatchWriter(256);
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));
  rows.forEach(([key, value, headers], at) => {
    writer.add(1_700_000_000_000 + at * 7, bytes(key), bytes(value), headers ?? []);
  });
  return writer.finish();
};

/** A log with all that a leaf can be of: nulls, headers, transactions that end so and so, markers between. */
async function writeMix(topic: string): Promise<void> {
  const plain = client.idempotentProducer();
  const transactional = client.transactionalProducer(`${topic}-tx`, {
    scope: { partitions: [{ topic, partition: 0 }] },
  });
  await transactional.init();
  for (let round = 0; round < 4; round++) {
    await plain.send(topic, [
      { key: Buffer.from(`k${round}`), value: Buffer.from('plain'), headers: [['h', 'one'], ['h', 'two'], ['ü', '']] },
      { key: null, value: Buffer.alloc(0), timestamp: 1 },
      { key: Buffer.from('tombstone'), value: null },
    ]); // biome-ignore format: one record a line
    await transactional.produce(topic, 0, batchOf(['t', `kept ${round}`, [['n', null]]], [null, null]));
    await transactional.commit();
    await transactional.produce(topic, 0, batchOf(['t', `dropped ${round}`], ['t', 'dropped too']));
    await transactional.produce(topic, 0, batchOf(['t', 'dropped as well']));
    // Between the records of a transaction that will abort.
    await plain.send(topic, [{ key: null, value: Buffer.from('beside') }]);
    await transactional.abort();
  }
  await plain.close();
  await transactional.close();
  // The markers are written after the answer to the last EndTxn.
  await eventually(async () => {
    const end = await client.admin.endOffsets(topic, 'committed');
    expect(end).toEqual(await client.admin.endOffsets(topic, 'uncommitted'));
  });
}

async function rows(source: RecordSource) {
  const encoder = new LeafEncoder(source.topic, source.partition);
  const found: { offset: number; value: string | null; leaf: string }[] = [];
  for await (const cursor of source.cursors()) {
    while (cursor.next()) {
      const { offset, buffer, valueStart, valueEnd } = cursor;
      const value = valueStart < 0 ? null : buffer.toString('utf8', valueStart, valueEnd);
      found.push({ offset, value, leaf: encoder.hashAt(cursor).toString('hex') });
    }
  }
  return found;
}

async function treesOf(source: RecordSource): Promise<PartitionTrees> {
  const trees = new PartitionTrees();
  const encoder = new LeafEncoder(source.topic, source.partition);
  for await (const cursor of source.cursors())
    while (cursor.next()) trees.append(source.topic, source.partition, cursor.offset, encoder.hashAt(cursor));
  return trees;
}

describe('ledger/verify > two sources', () => {
  it.each(CODECS)('reads the same committed records from a broker and from its files: %s', async (codec) => {
    const topic = `mix-${codec}`;
    await makeTopic(topic, { 'compression.type': codec });
    await writeMix(topic);
    const fromBroker = await rows(new KafkaPartition(client, topic, 0));
    const round = (at: number) => ['plain', '', null, `kept ${at}`, null, 'beside'];
    expect(fromBroker.map(({ value }) => value)).toEqual([0, 1, 2, 3].flatMap(round));
    // Markers and what was aborted have offsets, and no leaf.
    expect((await client.admin.endOffsets(topic)).get(0)).toBe(4 * (6 + 3 + 2));
    expect(await rows(segmentsOf(topic))).toEqual(fromBroker);
  });

  it('verifies either source against the heads made from the other, over several segments, and names a changed byte', async () => {
    await makeTopic('several', { 'segment.bytes': String(SEGMENT_BYTES), 'compression.type': 'lz4' });
    const producer = client.idempotentProducer();
    const row = () => ({ key: randomBytes(8), value: randomBytes(2_000), headers: [['id', randomBytes(16)]] });
    for (let batch = 0; batch < 30; batch++)
      await producer.send('several', Array.from({ length: 50 }, row) as Parameters<typeof producer.send>[1]);
    await producer.close();
    const files = segmentsOf('several');
    const broker = new KafkaPartition(client, 'several', 0);
    const partitions = (await treesOf(broker)).heads();
    expect(partitions).toMatchObject([{ treeSize: 1_500, nextOffset: 1_500 }]);
    expect((await treesOf(files)).heads()).toEqual(partitions);
    const head = { installation: 'i', sequence: 0, previous: NO_PREVIOUS, time: 1, partitions };
    const ledger = { installation: 'i', findKey, heads: [signHead(head, signer)] };
    let read = 0;
    const onRead = (records: number) => {
      read += records;
    };
    for (const source of [broker, files]) {
      const verdict = await verifyLedger({ ...ledger, sources: [source], onRead });
      expect(verdict).toMatchObject({ findings: [], coveredRecords: 1_500, uncoveredRecords: 0, trimmed: [] });
    }
    expect(read).toBe(3_000);
    const changed = signHead({ ...head, partitions: [{ ...partitions[0], root: Buffer.alloc(32) }] }, signer);
    expect((await verifyLedger({ ...ledger, heads: [changed], sources: [broker] })).findings).toMatchObject([
      { code: 'LEDGER_RECORDS_DIFFER', position: { topic: 'several', partition: 0, from: 0, to: 1_500 } },
    ]);
  });

  it('ends at a transaction that is still open, in both', async () => {
    await makeTopic('open');
    const plain = client.idempotentProducer();
    await plain.send('open', [{ key: null, value: Buffer.from('before') }]);
    const transactional = client.transactionalProducer('open-tx', { scope: { partitions: [] }, timeoutMs: 60_000 });
    await transactional.init();
    await transactional.produce('open', 0, batchOf([null, 'undecided']));
    await plain.send('open', [{ key: null, value: Buffer.from('behind') }]);
    const offsets = async (source: RecordSource) => (await rows(source)).map(({ offset }) => offset);
    expect(await offsets(new KafkaPartition(client, 'open', 0))).toEqual([0]);
    expect(await offsets(segmentsOf('open'))).toEqual([0]);
    await transactional.abort();
    await eventually(async () => expect(await offsets(new KafkaPartition(client, 'open', 0))).toEqual([0, 2]));
    expect(await offsets(segmentsOf('open'))).toEqual([0, 2]);
    await plain.close();
    await transactional.close();
  });
});
