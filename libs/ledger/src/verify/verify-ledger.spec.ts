import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { InfrastructureError } from '@millrace/contracts';
import { BATCH, crc32c, RecordBatchWriter, sealBatch } from '@millrace/messaging';
import { signRotation } from '../head/key-rotation';
import { PartitionTrees, type StoredTree } from '../head/partition-trees';
import { headHash, NO_PREVIOUS, type SignedTreeHead, signHead } from '../head/tree-head';
import { LeafEncoder } from '../leaf/leaf-encoder';
import type { RecordSource, SourceCursor } from './record-source';
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

  it('finds the tree to begin at beside the heads, and says what was trimmed', async () => {
    write(offsets.slice(1).map((offset) => batch(offset)));
    const withTrees = heads.map((head, at) => ({ ...head, trees: stored[at] }));
    const verdict = await check({ heads: withTrees });
    expect(verdict).toMatchObject({ findings: [], coveredRecords: 4 });
    // Offset 1 is still there, and its tree began with a record that is gone.
    expect(verdict.trimmed).toEqual([{ topic: 't', partition: 0, upTo: 1, verifiedFrom: 2 }]);
    write([]);
    write(offsets.slice(5).map((offset) => batch(offset + 2)));
    expect(await check({ heads: withTrees })).toMatchObject({
      findings: [],
      coveredRecords: 0,
      trimmed: [{ upTo: 7, verifiedFrom: null }],
    });
  });

  it.each([
    ['for ever', Number.POSITIVE_INFINITY, 1e15, 'for ever'],
    ['for longer than that', 400 * 86_400_000, 86_400_000, '400 days'],
  ])('finds a trim of what the policy keeps %s', async (_, keptMs, now, policy) => {
    write(offsets.slice(2).map((offset) => batch(offset)));
    const withTrees = heads.map((head, at) => ({ ...head, trees: stored[at] }));
    const { findings, guarantee } = await check({ heads: withTrees, keptMs: () => keptMs, now });
    expect(findings).toMatchObject([{ code: 'LEDGER_TRIMMED_EARLY', sequence: 0, position: { from: 0, to: 2 } }]);
    expect(findings[0].why).toContain(policy);
    expect(guarantee).toBeNull();
    const late = await check({ heads: withTrees, keptMs: () => 1_000, now: 3 * 86_400_000 });
    expect(late.findings).toEqual([]);
  });

  it('follows a rotation of the key between two heads, and refuses the old key behind it', async () => {
    const next = { keyId: 'k2', privateKey: generateKeyPairSync('ed25519').privateKey };
    const newPublicKey = createPublicKey(next.privateKey).export({ type: 'spki', format: 'der' });
    const rotation = signRotation(
      { installation: 'i', firstSequence: 2, oldKeyId: 'k', newKeyId: 'k2', newPublicKey },
      signer,
    );
    const onlyFirst = (keyId: string) => (keyId === 'k' ? createPublicKey(signer.privateKey) : undefined);
    const rotated = [heads[0], heads[1], rotation, signHead(heads[2], next)];
    expect(await check({ heads: rotated, findKey: onlyFirst })).toMatchObject({ findings: [], coveredRecords: 6 });
    const anchored = await check({ heads: rotated, findKey: onlyFirst, anchor: heads[1] });
    expect(anchored.findings).toEqual([]);
    const old = await check({ heads: [heads[0], heads[1], rotation, heads[2]], findKey: onlyFirst });
    expect(old.findings).toMatchObject([{ code: 'LEDGER_HEAD_REFUSED', sequence: 2 }]);
    const misplaced = await check({ heads: [heads[0], rotation, heads[1]], findKey: onlyFirst });
    expect(misplaced.findings).toMatchObject([{ code: 'LEDGER_KEY_REFUSED', sequence: 1 }]);
    expect(misplaced.guarantee?.sequence).toBe(0);
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
    expect((await check()).findings[0]).toMatchObject({
      position: { from: 2, to: 4 },
      why: 'offset 0 comes after offset 2',
    });
    expect((await check({ sources: [] })).findings[0].code).toBe('LEDGER_NO_SOURCE');
  });

  it('guarantees no more than the earliest bad head allows, in whichever partition it is', async () => {
    // Both partitions have the same records; a/0, which is looked at first, suffers later than b/0.
    const trees = new PartitionTrees();
    const chain: SignedTreeHead[] = [];
    for (const offset of offsets) {
      for (const topic of ['a', 'b']) {
        const row = { offset, timestamp: offset, key: null, value: Buffer.from(`v${offset}`), headers: [] };
        trees.append(topic, 0, offset, new LeafEncoder(topic, 0).hash(row));
      }
      const previous = chain.length === 0 ? NO_PREVIOUS : headHash(chain[chain.length - 1]);
      const head = { installation: 'i', sequence: offset, previous, time: offset, partitions: trees.heads() };
      chain.push(signHead(head, signer));
    }
    const sources = ['a', 'b'].map((topic) => {
      fs.mkdirSync(path.join(folder, topic));
      const gone = topic === 'a' ? 4 : 1;
      const kept = offsets.filter((offset) => offset !== gone).map((offset) => batch(offset));
      fs.writeFileSync(path.join(folder, topic, '0.log'), Buffer.concat(kept));
      return new SegmentFiles(topic, 0, path.join(folder, topic));
    });
    const { findings, guarantee } = await check({ heads: chain, sources });
    expect(findings.map(({ sequence, position }) => [sequence, position?.topic])).toEqual([
      [1, 'b'],
      [4, 'a'],
    ]);
    expect(findings[0].why).toBe('1 records lie there where 2 were signed');
    expect(guarantee?.sequence).toBe(0);
  });

  it('takes a broker that is away for what it is, and not for a finding', async () => {
    const away = new InfrastructureError({ code: 'KAFKA_UNREACHABLE', message: 'The broker could not be reached.' });
    const cursors = async function* (): AsyncGenerator<SourceCursor> {
      yield* [];
      throw away;
    };
    const absent: RecordSource = { topic: 't', partition: 0, start: async () => 0, cursors };
    await expect(check({ sources: [absent] })).rejects.toBe(away);
  });

  it('refuses an anchor that is not ours', async () => {
    const anchor = signHead(heads[1], { ...signer, privateKey: generateKeyPairSync('ed25519').privateKey });
    expect((await check({ anchor })).findings[0]).toMatchObject({ code: 'LEDGER_HEAD_REFUSED', sequence: 1 });
  });
});
