import { randomBytes } from 'node:crypto';
import { type KafkaClient, RecordBatchWriter } from '@millrace/messaging';
import { eventually } from '@millrace/testing';
import { PartitionTrees, type StoredTree } from '../src/head/partition-trees';
import { type HeadSigner, headHash, NO_PREVIOUS, type SignedTreeHead, signHead } from '../src/head/tree-head';
import { LeafEncoder } from '../src/leaf/leaf-encoder';
import type { RecordSource } from '../src/verify/record-source';

/** Rows of one batch, of which every one differs from the others. */
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    key: index % 3 === 0 ? null : Buffer.from(`k${index}`),
    value: Buffer.from(randomBytes(12).toString('hex')),
    headers: [['h', randomBytes(4).toString('hex')]] as [string, string][],
  }));

/** Writes a topic of one partition as services do: plain batches, transactions that commit, transactions that abort. */
export async function writeTopic(client: KafkaClient, topic: string, batches: number, config = {}): Promise<void> {
  await client.admin.createTopics([{ name: topic, partitions: 1, config }]);
  const plain = client.idempotentProducer();
  const transactional = client.transactionalProducer(`${topic}-tx`, { scope: { partitions: [] } });
  await transactional.init();
  for (let batch = 0; batch < batches; batch++) {
    await plain.send(topic, rowsOf(3 + (batch % 3)));
    if (batch % 4 === 0) continue;
    const writer = new RecordBatchWriter(256);
    for (const { key, value, headers } of rowsOf(2)) writer.add(Date.now(), key, value, headers);
    await transactional.produce(topic, 0, writer.finish());
    if (batch % 4 === 1) await transactional.abort();
    else await transactional.commit();
  }
  await plain.close();
  await transactional.close();
  // The markers are written after the answer to the last EndTxn.
  await eventually(async () => {
    const end = await client.admin.endOffsets(topic, 'committed');
    if (end.get(0) !== (await client.admin.endOffsets(topic, 'uncommitted')).get(0)) throw new Error('still open');
  });
}

export type HeadWithTrees = SignedTreeHead & { readonly trees: readonly StoredTree[] };

/** Heads as if they had been signed while the records came: each covers a little more of every partition. */
export async function headsOver(
  sources: readonly RecordSource[],
  count: number,
  signer: HeadSigner,
  time = Date.now(),
): Promise<HeadWithTrees[]> {
  const leaves = await Promise.all(sources.map(leavesOf));
  const trees = new PartitionTrees();
  const heads: HeadWithTrees[] = [];
  for (let at = 1; at <= count; at++) {
    sources.forEach(({ topic, partition }, index) => {
      const all = leaves[index];
      const [from, to] = [at - 1, at].map((step) => Math.floor((all.length * step) / count));
      for (const { offset, leaf } of all.slice(from, to)) trees.append(topic, partition, offset, leaf);
    });
    const before = heads.at(-1);
    const previous = before === undefined ? NO_PREVIOUS : headHash(before);
    const head = { installation: 'i', sequence: heads.length, previous, time: time + at, partitions: trees.heads() };
    heads.push({ ...signHead(head, signer), trees: trees.stored() });
  }
  return heads;
}

async function leavesOf(source: RecordSource): Promise<{ offset: number; leaf: Buffer }[]> {
  const encoder = new LeafEncoder(source.topic, source.partition);
  const leaves: { offset: number; leaf: Buffer }[] = [];
  for await (const cursor of source.cursors())
    while (cursor.next()) leaves.push({ offset: cursor.offset, leaf: encoder.hashAt(cursor) });
  return leaves;
}
