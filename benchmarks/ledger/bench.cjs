// The ledger over 1,000,000 records in segment files: leaf, tree and heads; then the whole verification, of the files and through a broker.
const { createPublicKey, generateKeyPairSync } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { KafkaClient, RecordBatchWriter, sealBatch } = require('@millrace/messaging');
const {
  headHash,
  KafkaPartition,
  LeafEncoder,
  NO_PREVIOUS,
  PartitionTrees,
  SegmentFiles,
  signHead,
  verifyLedger,
} = require('@millrace/ledger');
const { startKafka } = require('../../infra/kafka/kafka.cjs');
const { round } = require('../shared/statistics.cjs');

const TOPIC = 'responses.v1';
const BATCH_RECORDS = 100;
const HEAD_RECORDS = 1_000;
const VALUE_BYTES = 200;
const NOW = 1_700_000_000_000;

async function run({ progress, size }) {
  const records = size === 'small' ? 10_000 : 1_000_000;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-ledger-'));
  try {
    progress.step(`${records} records of ${VALUE_BYTES} bytes and three headers`);
    writeSegment(path.join(folder, '00000000000000000000.log'), records);
    const privateKey = generateKeyPairSync('ed25519').privateKey;
    progress.step('append and sign');
    const source = new SegmentFiles(TOPIC, 0, folder);
    const { value: heads, seconds: appendSeconds } = await timed(() => appendAll(source, { keyId: 'k', privateKey }));
    progress.step('verify');
    const findKey = () => createPublicKey(privateKey);
    const ledger = { installation: 'bench', findKey, heads, sources: [source] };
    const { value: verdict, seconds: verifySeconds } = await timed(() => verifyLedger(ledger));
    if (verdict.findings.length > 0) throw new Error(`The clean ledger was refused: ${verdict.findings[0].why}`);
    progress.step('the same records through a broker');
    const brokerSeconds = await throughBroker(folder, source, { keyId: 'k', privateKey }, findKey);
    const target = { atMost: 30 };
    return {
      figures: [
        { name: 'read, append and sign', value: round(appendSeconds, 2), unit: 's', target },
        { name: 'verify', value: round(verifySeconds, 2), unit: 's', target },
        { name: 'verify through a broker', value: round(brokerSeconds, 2), unit: 's', target },
        { name: 'rate through a broker', value: Math.round(records / brokerSeconds), unit: 'records/s' },
        { name: 'records verified', value: verdict.coveredRecords, unit: '', target: { atLeast: records } },
      ],
      raw: { records, heads: heads.length },
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds to verify what a broker has, all records and a head a thousand of them; the broker ends with it. */
async function throughBroker(folder, source, signer, findKey) {
  const place = path.join(folder, 'kafka');
  const broker = await startKafka({ dataDir: place, logFile: path.join(place, 'broker.out') });
  const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
  try {
    const client = await KafkaClient.connect({ brokers: [broker.brokers], clientId: 'bench', prefix: '' }, logger);
    await client.admin.createTopics([{ name: TOPIC, partitions: 1, config: {} }]);
    await copyInto(client, source);
    const stored = new KafkaPartition(client, TOPIC, 0);
    const heads = await appendAll(stored, signer);
    const ledger = { installation: 'bench', findKey, heads, sources: [stored] };
    const { value: verdict, seconds } = await timed(() => verifyLedger(ledger));
    if (verdict.findings.length > 0) throw new Error(`The clean ledger was refused: ${verdict.findings[0].why}`);
    await client.close();
    return seconds;
  } finally {
    await broker.stop();
  }
}

async function copyInto(client, source) {
  const producer = client.idempotentProducer();
  let rows = [];
  const send = async () => {
    if (rows.length > 0) await producer.send(TOPIC, rows);
    rows = [];
  };
  for await (const cursor of source.cursors()) {
    while (cursor.next()) {
      const { key, value, rawHeaders, timestamp } = cursor.record();
      rows.push({ key, value, timestamp, headers: rawHeaders });
      if (rows.length === BATCH_RECORDS * 10) await send();
    }
  }
  await send();
  await producer.close();
}

function writeSegment(file, records) {
  const writer = new RecordBatchWriter();
  const log = fs.openSync(file, 'w');
  const value = Buffer.alloc(VALUE_BYTES, 7);
  const headers = [
    ['ce_id', 'b6f1c2d4-0000-4000-8000-000000000000'],
    ['ce_type', 'response'],
    ['correlation', 'x'],
  ];
  for (let base = 0; base < records; base += BATCH_RECORDS) {
    writer.begin();
    for (let i = 0; i < BATCH_RECORDS; i++) {
      value.writeUInt32BE(base + i, 0);
      writer.add(NOW + base, Buffer.from(`key-${base + i}`), value, headers);
    }
    const batch = writer.finish();
    sealBatch(batch, { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false });
    batch.buffer.writeBigInt64BE(BigInt(base), batch.start);
    fs.writeSync(log, batch.buffer, batch.start, batch.end - batch.start);
  }
  fs.closeSync(log);
}

async function appendAll(source, signer) {
  const trees = new PartitionTrees();
  const encoder = new LeafEncoder(TOPIC, 0);
  const heads = [];
  let previous = NO_PREVIOUS;
  for await (const cursor of source.cursors()) {
    while (cursor.next()) {
      trees.append(TOPIC, 0, cursor.offset, encoder.hashAt(cursor));
      if (cursor.offset % HEAD_RECORDS !== HEAD_RECORDS - 1) continue;
      const partitions = trees.heads();
      const head = { installation: 'bench', sequence: heads.length, previous, time: NOW + cursor.offset, partitions };
      heads.push(signHead(head, signer));
      previous = headHash(heads.at(-1));
    }
  }
  return heads;
}

async function timed(work) {
  const began = performance.now();
  return { value: await work(), seconds: (performance.now() - began) / 1_000 };
}

module.exports = { summary: 'seconds to append, sign and verify 1,000,000 records', run };
