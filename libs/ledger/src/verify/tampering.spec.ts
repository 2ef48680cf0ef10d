import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { BATCH, crc32c, RecordBatchWriter, sealBatch } from '@millrace/messaging';
import { randomOf } from '../../../messaging/fuzz/random.cjs';
import { PartitionTrees } from '../head/partition-trees';
import { type HeadSigner, headHash, NO_PREVIOUS, type SignedTreeHead, signHead } from '../head/tree-head';
import { LeafEncoder } from '../leaf/leaf-encoder';
import { SegmentFiles } from './segment-files';
import { verifyLedger } from './verify-ledger';

const TOPICS = ['orders.v1', 'payments.v1'];
const BATCHES = 24;
const A_HEAD_EACH = 3;
/** As many as need no broker; `tampering.int.spec.ts` has a hundred on what a real one wrote. */
const PLACES = 20;
const NOW = 1_700_000_000_000;

interface Row {
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, Buffer | null][];
}
/** One batch of the log: data of a producer, or the marker that ends its transaction. */
interface Batch {
  rows: Row[];
  producerId?: bigint;
  marker?: 'commit' | 'abort';
}
type Log = Batch[][];
type Random = ReturnType<typeof randomOf>;

const signerOf = (seed: number, keyId = 'ledger-1'): HeadSigner => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  return { keyId, privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }) };
};
const ours = signerOf(1);
const findKey = (keyId: string) => (keyId === ours.keyId ? createPublicKey(ours.privateKey) : undefined);

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ledger-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function logOf(random: Random): Log {
  const row = (): Row => ({
    timestamp: NOW + random.below(1_000),
    key: random.below(4) === 0 ? null : Buffer.from(`k${random.below(9)}`),
    value: Buffer.from(`v${random.below(1_000_000_000)}`),
    headers: random.below(2) === 0 ? [] : [['h', null], ['h', Buffer.from('x')]], // biome-ignore format: one line
  });
  const rows = () => Array.from({ length: 2 + random.below(4) }, row);
  return TOPICS.map(() =>
    Array.from({ length: BATCHES }, (): Batch[] => {
      if (random.below(3) > 0) return [{ rows: rows() }];
      const producerId = BigInt(random.below(3));
      return [
        { rows: rows(), producerId },
        { rows: [], producerId, marker: random.below(2) === 0 ? 'abort' : 'commit' },
      ];
    }).flat(),
  );
}

const writer = new RecordBatchWriter();
function bytesOf(batch: Batch, baseOffset: number): Buffer {
  writer.begin();
  for (const { timestamp, key, value, headers } of batch.rows) writer.add(timestamp, key, value, headers);
  if (batch.marker) writer.add(NOW, Buffer.from([0, 0, 0, batch.marker === 'abort' ? 0 : 1]), Buffer.alloc(6));
  const written = writer.finish();
  const transactional = batch.producerId !== undefined;
  sealBatch(written, { producerId: batch.producerId ?? -1n, producerEpoch: 0, baseSequence: 0, transactional });
  const bytes = Buffer.from(written.buffer.subarray(written.start, written.end));
  bytes.writeBigInt64BE(BigInt(baseOffset), BATCH.BASE_OFFSET);
  if (batch.marker) bytes.writeInt16BE(0x30, BATCH.ATTRIBUTES);
  bytes.writeUInt32BE(crc32c(bytes, BATCH.ATTRIBUTES), BATCH.CRC);
  return bytes;
}
const lengthOf = ({ rows, marker }: Batch) => (marker ? 1 : rows.length);

/** The segment files of every partition, in two segments each. */
function write(log: Log): void {
  log.forEach((batches, topic) => {
    const at = path.join(folder, `${TOPICS[topic]}-0`);
    fs.rmSync(at, { recursive: true, force: true });
    fs.mkdirSync(at);
    const middle = Math.floor(batches.length / 2);
    let offset = 0;
    for (const part of [batches.slice(0, middle), batches.slice(middle)]) {
      const name = path.join(at, `${String(offset).padStart(20, '0')}.log`);
      const bytes = part.map((batch) => {
        offset += lengthOf(batch);
        return bytesOf(batch, offset - lengthOf(batch));
      });
      fs.writeFileSync(name, Buffer.concat(bytes));
    }
  });
}

/** Heads made from what was meant to be written, without a segment file in between. */
function headsOf(log: Log, signer = ours): SignedTreeHead[] {
  const trees = new PartitionTrees();
  const heads: SignedTreeHead[] = [];
  const offsets = TOPICS.map(() => 0);
  const ends = (batches: Batch[], at: number) =>
    batches.slice(at).find(({ marker, producerId }) => marker && producerId === batches[at].producerId)?.marker;
  const encoders = TOPICS.map((topic) => new LeafEncoder(topic, 0));
  for (let at = 0; at < Math.max(...log.map(({ length }) => length)); at++) {
    log.forEach((batches, topic) => {
      const batch = batches[at];
      if (batch === undefined) return;
      const aborted = batch.producerId !== undefined && ends(batches, at) === 'abort';
      for (const row of batch.rows) {
        const offset = offsets[topic]++;
        if (!aborted) trees.append(TOPICS[topic], 0, offset, encoders[topic].hash({ offset, ...row }));
      }
      if (batch.marker) offsets[topic]++;
      trees.advance(TOPICS[topic], 0, offsets[topic]);
    });
    // A head reaches as far as the last stable offset: never into a transaction that has not ended.
    const open = log.some((batches) => batches[at]?.producerId !== undefined && !batches[at].marker);
    if (open || at % A_HEAD_EACH !== A_HEAD_EACH - 1) continue;
    const before = heads.at(-1);
    const previous = before === undefined ? NO_PREVIOUS : headHash(before);
    const head = { installation: 'i', sequence: heads.length, previous, time: NOW + at, partitions: trees.heads() };
    heads.push(signHead(head, signer));
  }
  return heads;
}

function check(heads: readonly SignedTreeHead[], anchor?: SignedTreeHead) {
  const sources = TOPICS.map((topic) => new SegmentFiles(topic, 0, path.join(folder, `${topic}-0`)));
  return verifyLedger({ installation: 'i', findKey, heads, sources, anchor });
}

/** A committed record that a head covers: where it lies. */
function placeIn(log: Log, heads: SignedTreeHead[], random: Random) {
  for (;;) {
    const topic = random.below(TOPICS.length);
    const at = random.below(log[topic].length);
    const batch = log[topic][at];
    if (batch.rows.length === 0 || batch.producerId !== undefined) continue;
    const row = random.below(batch.rows.length - 1);
    const offset = log[topic].slice(0, at).reduce((sum, each) => sum + lengthOf(each), 0) + row;
    const end = heads.at(-1)?.partitions.find((entry) => entry.topic === TOPICS[topic])?.nextOffset ?? 0;
    if (offset + 1 < end) return { topic, at, row, offset, rows: batch.rows };
  }
}

const KINDS: [name: string, change: (rows: Row[], at: number, random: Random) => void][] = [
  ['update', (rows, at) => { rows[at] = { ...rows[at], value: Buffer.concat([rows[at].value as Buffer, Buffer.of(1)]) }; }],
  ['delete', (rows, at) => { rows.splice(at, 1); }],
  ['insert', (rows, at) => { rows.splice(at, 0, { timestamp: NOW, key: null, value: Buffer.from('new'), headers: [] }); }],
  ['reorder', (rows, at) => { rows.push(...rows.splice(at, 1)); }],
  ['swap', (rows, at) => {
    const [one, other] = [rows[at], rows[at + 1]];
    rows[at] = { ...one, value: other.value };
    rows[at + 1] = { ...other, value: one.value };
  }],
  ['back-date', (rows, at, random) => { rows[at] = { ...rows[at], timestamp: rows[at].timestamp - 1 - random.below(9) }; }],
]; // biome-ignore format: one kind a line

describe('ledger/verify > tampering with segment files', () => {
  it(`raises no alarm in ${PLACES} clean ledgers, with and without an anchor`, async () => {
    let aborted = 0;
    for (let seed = 0; seed < PLACES; seed++) {
      const log = logOf(randomOf(seed));
      aborted += log.flat().filter(({ marker }) => marker === 'abort').length;
      write(log);
      const heads = headsOf(log);
      const anchor = seed % 2 === 0 ? undefined : heads[seed % heads.length];
      const { findings, guarantee, coveredRecords } = await check(heads, anchor);
      expect(findings).toEqual([]);
      expect(guarantee?.sequence).toBe(heads.length - 1);
      expect(coveredRecords).toBe(heads.at(-1)?.partitions.reduce((sum, { treeSize }) => sum + treeSize, 0));
    }
    expect(aborted).toBeGreaterThan(PLACES);
  });

  it.each(KINDS)(`finds every %s at ${PLACES} places and names it, the checksums being right`, async (_, change) => {
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const log = logOf(random);
      const heads = headsOf(log);
      const { topic, row, rows, offset } = placeIn(log, heads, random);
      change(rows, row, random);
      write(log);
      const { findings, guarantee } = await check(heads);
      const [first] = findings;
      expect(first?.position?.topic).toBe(TOPICS[topic]);
      expect(first?.position?.from).toBeLessThanOrEqual(offset);
      expect(first?.position?.to).toBeGreaterThan(offset);
      expect(guarantee?.sequence ?? -1).toBe(first.sequence - 1);
    }
  });

  it(`finds a head signed again with another key at ${PLACES} places`, async () => {
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const log = logOf(random);
      write(log);
      const heads = headsOf(log);
      const at = random.below(heads.length);
      heads[at] = signHead(heads[at], signerOf(2, seed % 2 === 0 ? 'ledger-1' : 'ledger-2'));
      const { findings } = await check(heads);
      expect(findings[0]).toMatchObject({ code: 'LEDGER_HEAD_REFUSED', sequence: at });
    }
  });

  it.each(['cut', 'roll back'])(`finds a %s to ${PLACES} places by the anchor, and not without it`, async (kind) => {
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const log = logOf(random);
      const heads = headsOf(log);
      const anchor = heads.at(-1);
      const kept = 1 + random.below(heads.length - 2);
      const batches = heads[kept - 1].time - NOW + 1;
      // Rolled back: an older state of the whole log, which holds some records that no head covers yet.
      const uncovered = kind === 'cut' ? 0 : 1;
      write(log.map((all) => all.slice(0, batches + uncovered)));
      const fewer = heads.slice(0, kept);
      const { findings, guarantee } = await check(fewer, anchor);
      expect(findings[0]).toMatchObject({ code: 'LEDGER_ROLLED_BACK', sequence: kept });
      expect(guarantee?.sequence).toBe(kept - 1);
      const end = Math.max(...fewer[kept - 1].partitions.map(({ nextOffset }) => nextOffset));
      const gone = findings.find(({ position }) => position !== undefined);
      expect(gone?.code).toBe('LEDGER_RECORDS_MISSING');
      expect(gone?.position?.from).toBeLessThanOrEqual(end);
      expect((await check(fewer)).findings).toEqual([]);
    }
  });

  it(`finds a fork with the right key from ${PLACES} places by the anchor, and not without it`, async () => {
    for (let seed = 0; seed < PLACES; seed++) {
      const random = randomOf(seed);
      const log = logOf(random);
      const anchor = headsOf(log).at(-1) as SignedTreeHead;
      const { topic, row, rows, offset } = placeIn(log, [anchor], random);
      rows[row] = { ...rows[row], value: Buffer.from('forged') };
      write(log);
      const forged = headsOf(log);
      const { findings, guarantee } = await check(forged, anchor);
      expect(guarantee).toBeNull();
      expect(findings).toContainEqual(expect.objectContaining({ code: 'LEDGER_FORKED', sequence: anchor.sequence }));
      const position = findings.find((finding) => finding.position)?.position;
      expect(position?.topic).toBe(TOPICS[topic]);
      expect(position?.from).toBeLessThanOrEqual(offset);
      expect(position?.to).toBeGreaterThan(offset);
      expect((await check(forged)).findings).toEqual([]);
    }
  });
});
