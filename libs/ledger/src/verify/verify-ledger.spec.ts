import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { BATCH, crc32c, RecordBatchWriter, sealBatch } from '@millrace/messaging';
import { PartitionTrees, type StoredTree } from '../head/partition-trees';
import { headHash, NO_PREVIOUS, type SignedTreeHead, signHead } from '../head/tree-head';
import { LeafEncoder } from '../leaf/leaf-encoder';
import { SegmentFiles } from './segment-files';
import { verifyLedger } from './verify-ledger';

const signer = { keyId: 'k', privateKey: generateKeyPairSync('ed25519').privateKey };
const findKey = () => createPublicKey(signer.privateKey);
const SIZE = 6;

let folder: string;
let heads: SignedTreeHead[];
let stored: StoredTree[][];
const source = () => new SegmentFiles('t', 0, folder);
const check = (more: Partial<Parameters<typeof verifyLedger>[0]> = {}) =>
  verifyLedger({ installation: 'i', findKey, heads, sources: [source()], ...more });

function batch(offset: number, change: (bytes: Buffer) => void = () => {}, producerId = -1n): Buffer {
  const writer = new RecordBatchWriter(64).begin();
  const written = writer.add(offset, null, Buffer.from(`v${offset}`)).finish();
  sealBatch(written, { producerId, producerEpoch: 0, baseSequence: 0, transactional: producerId >= 0n });
  const bytes = Buffer.from(written.buffer.subarray(written.start, written.end));
  bytes.writeBigInt64BE(BigInt(offset), BATCH.BASE_OFFSET);
  change(bytes);
  bytes.writeUInt32BE(crc32c(bytes, BATCH.ATTRIBUTES), BATCH.CRC);
  return bytes;
}

const write = (batches: Buffer[], name = '0') =>
  fs.writeFileSync(path.join(folder, `${name}.log`), Buffer.concat(batches));
const offsets = Array.from({ length: SIZE }, (_, offset) => offset);

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-ledger-'));
  write(offsets.map((offset) => batch(offset)));
  const trees = new PartitionTrees();
  heads = [];
  stored = [];
  for (const offset of offsets) {
    const row = { offset, timestamp: offset, key: null, value: Buffer.from(`v${offset}`), headers: [] };
    trees.append('t', 0, offset, new LeafEncoder('t', 0).hash(row));
    if (offset % 2 === 0) continue;
    const previous = heads.length === 0 ? NO_PREVIOUS : headHash(heads[heads.length - 1]);
    const head = { installation: 'i', sequence: heads.length, previous, time: offset, partitions: trees.heads() };
    heads.push(signHead(head, signer));
    stored.push(trees.stored());
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('ledger/verify', () => {
  it('says where the guarantee ends and counts what lies behind', async () => {
    const verdict = await check({ heads: heads.slice(0, 2) });
    expect(verdict).toMatchObject({ findings: [], coveredRecords: 4, uncoveredRecords: 2 });
    expect(verdict.guarantee).toMatchObject({ sequence: 1, partitions: [{ nextOffset: 4 }] });
    expect((await check({ heads: [] })).guarantee).toBeNull();
  });

  it('begins a trimmed log at a stored tree that a head signs', async () => {
    write(offsets.slice(2).map((offset) => batch(offset)));
    expect(await check({ stored: stored[0] })).toMatchObject({ findings: [], coveredRecords: 4 });
    const without = await check();
    expect(without.findings[0]).toMatchObject({ code: 'LEDGER_RECORDS_DIFFER', position: { from: 0, to: 2 } });
    write(offsets.slice(3).map((offset) => batch(offset)));
    const [short] = (await check({ stored: stored[0] })).findings;
    expect(short).toMatchObject({ code: 'LEDGER_RECORDS_DIFFER', position: { from: 2, to: 4 } });
  });

  it('does not begin at a stored tree that no head signs', async () => {
    const [tree] = stored[0];
    const frontier = Buffer.from(tree.frontier);
    frontier[frontier.length - 1] ^= 1;
    const { findings } = await check({ stored: [{ ...tree, frontier }] });
    expect(findings[0].code).toBe('LEDGER_TREE_NOT_SIGNED');
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['a message format of long ago', (bytes) => bytes.writeInt8(1, BATCH.MAGIC)],
    ['more records than it has', (bytes) => bytes.writeInt32BE(9, BATCH.RECORD_COUNT)],
    ['a control batch without a type', (bytes) => bytes.writeInt16BE(0x30, BATCH.ATTRIBUTES)],
    ['an unknown codec', (bytes) => bytes.writeInt16BE(7, BATCH.ATTRIBUTES)],
  ])('names a batch that cannot be read: %s', async (_, change) => {
    write(offsets.map((offset) => batch(offset, offset === 3 ? change : undefined)));
    const { findings, guarantee } = await check();
    expect(findings).toMatchObject([{ code: 'LEDGER_RECORDS_UNREADABLE', position: { from: 2, to: 4 } }]);
    expect(guarantee?.sequence).toBe(0);
  });

  it.each<[string, (file: Buffer, at: number) => Buffer]>([
    ['cut inside a batch', (file, at) => file.subarray(0, at + 65)],
    ['cut inside the header of a batch', (file, at) => file.subarray(0, at + 20)],
    [
      'a batch with a negative length',
      (file, at) => {
        file.writeInt32BE(-9, at + BATCH.LENGTH);
        return file;
      },
    ],
    [
      'a batch that announces more bytes than there are',
      (file, at) => {
        file.writeInt32BE(2 ** 30, at + BATCH.LENGTH);
        return file;
      },
    ],
    [
      'a flipped byte without a mended checksum',
      (file, at) => {
        file.writeUInt8(255, at + 65);
        return file;
      },
    ],
  ])('names where a file breaks off: %s', async (_, damage) => {
    const file = path.join(folder, '0.log');
    fs.writeFileSync(file, damage(fs.readFileSync(file), 3 * batch(0).length));
    const { findings, guarantee } = await check();
    expect(findings[0].position).toMatchObject({ topic: 't', partition: 0, from: 2, to: 4 });
    expect(guarantee?.sequence).toBe(0);
  });

  it('reads nothing behind a transaction without an end', async () => {
    write([batch(SIZE, undefined, 7n), batch(SIZE + 1)], '1');
    expect(await check()).toMatchObject({ findings: [], coveredRecords: SIZE, uncoveredRecords: 0 });
    write([...offsets.slice(0, 3).map((offset) => batch(offset)), batch(3, undefined, 7n), batch(4), batch(5)]);
    expect((await check()).findings[0]).toMatchObject({ position: { from: 2, to: 4 } });
  });

  it('names offsets that go back, a segment given twice, and a partition without records', async () => {
    fs.copyFileSync(path.join(folder, '0.log'), path.join(folder, '00.log'));
    expect((await check({ heads: heads.slice(0, 1) })).findings).toEqual([]);
    write([batch(0), batch(1), batch(2)]);
    expect((await check()).findings[0]).toMatchObject({ position: { from: 2, to: 4 } });
    expect((await check({ sources: [] })).findings[0].code).toBe('LEDGER_NO_SOURCE');
  });

  it('refuses an anchor that is not ours', async () => {
    const anchor = signHead(heads[1], { ...signer, privateKey: generateKeyPairSync('ed25519').privateKey });
    expect((await check({ anchor })).findings[0]).toMatchObject({ code: 'LEDGER_HEAD_REFUSED', sequence: 1 });
  });
});
