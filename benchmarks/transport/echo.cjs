/**
 * CPU per message of an exactly-once echo: 1,000 records of 300 bytes fetched, written to another topic and committed with
 * their offsets in one transaction; our codecs against kafkajs (eachBatch, transaction, retry tuned to 5 ms):
 *
 *   npm run build && node benchmarks/transport/echo.cjs [127.0.0.1:9092] [rounds] [batches]
 *
 * Each round runs each client once, in a process of its own, in alternating order; the ratio is taken within a round. CPU is that
 * of the whole client process after a warm-up of ten batches; the cycle is fetch -> produce -> offsets -> commit, p50.
 */
const { spawnSync } = require('node:child_process');
const os = require('node:os');

const [, , brokers = '127.0.0.1:9092', rounds = '5', batches = '80'] = process.argv;
const WARM_UP = 10;
const RECORDS = 1_000;
const VALUE = Buffer.alloc(300, 0x61);
const MAX_BYTES = 320_000; // one batch of the input a fetch
const prefix = process.env.BENCH_ECHO_PREFIX ?? `bench-echo-${process.pid}-${Date.now()}.`;

const { KafkaClient, RecordBatchWriter } = require('../../libs/messaging/dist/client');
const { silentLogger } = require('../../libs/contracts/dist');
const connect = () => KafkaClient.connect({ brokers: [brokers], clientId: 'bench-echo', prefix }, silentLogger);

/** Starts counting at the end of the warm-up, and prints one JSON line at the end of the last batch. */
function meter() {
  const cycles = [];
  let done = 0;
  let cpu = null;
  return (cycleMs) => {
    done++;
    if (done === WARM_UP) cpu = process.cpuUsage();
    if (done > WARM_UP) cycles.push(cycleMs);
    if (cycles.length < Number(batches)) return false;
    const { user, system } = process.cpuUsage(cpu);
    cycles.sort((a, b) => a - b);
    console.log(
      JSON.stringify({ cpuUs: (user + system) / (cycles.length * RECORDS), cycleMs: cycles[cycles.length >> 1] }),
    );
    return true;
  };
}

async function ours(round) {
  const client = await connect();
  const reader = client.partitionReader({ maxBytes: MAX_BYTES });
  const producer = client.transactionalProducer(`ours-${round}`, { scope: { partitions: [] } });
  await producer.init();
  reader.assign('in', 0, 0);
  const writer = new RecordBatchWriter(400_000);
  const signal = new AbortController().signal;
  const record = meter();
  for (;;) {
    const startedAt = performance.now();
    for (const { records, nextOffset } of await reader.fetch(signal)) {
      writer.begin();
      while (records.next()) {
        const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = records;
        writer.addSlices(timestamp, buffer, keyStart, keyEnd, buffer, valueStart, valueEnd);
      }
      await producer.produce('out', 0, writer.finish());
      await producer.sendOffsets(`ours-${round}`, [{ topic: 'in', partition: 0, offset: nextOffset }], null);
      await producer.commit();
      if (record(performance.now() - startedAt)) process.exit(0);
    }
  }
}

async function theirs(round) {
  const { Kafka, logLevel } = require('kafkajs');
  const retry = { initialRetryTime: 5, maxRetryTime: 5, retries: 50 };
  const kafka = new Kafka({ brokers: [brokers], clientId: 'bench-echo', logLevel: logLevel.NOTHING, retry });
  const producer = kafka.producer({
    transactionalId: `${prefix}theirs-${round}`,
    idempotent: true,
    maxInFlightRequests: 1,
    retry,
  });
  const groupId = `${prefix}theirs-${round}`;
  const consumer = kafka.consumer({ groupId, maxBytesPerPartition: MAX_BYTES, maxWaitTimeInMs: 100, retry });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [`${prefix}in`], fromBeginning: true });
  const record = meter();
  let startedAt = performance.now();
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const transaction = await producer.transaction();
      const messages = batch.messages.map(({ key, value, timestamp }) => ({ key, value, timestamp, partition: 0 }));
      await transaction.send({ topic: `${prefix}out`, messages });
      const offset = String(Number(batch.lastOffset()) + 1);
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic: batch.topic, partitions: [{ partition: 0, offset }] }],
      });
      await transaction.commit();
      if (record(performance.now() - startedAt)) process.exit(0);
      startedAt = performance.now();
    },
  });
}

async function fill() {
  const client = await connect();
  await client.admin.createTopics(
    ['in', 'out'].map((name) => ({ name, partitions: 1, config: { 'retention.ms': '3600000' } })),
  );
  const producer = client.idempotentProducer();
  const records = Array.from({ length: RECORDS }, (_, i) => ({ key: Buffer.from(`k${i}`), value: VALUE }));
  for (let i = 0; i < Number(batches) + WARM_UP + 5; i++) await producer.send('in', records);
  await client.close();
}

function run(client, round) {
  const env = { ...process.env, BENCH_ECHO_CLIENT: client, BENCH_ECHO_ROUND: String(round), BENCH_ECHO_PREFIX: prefix };
  const child = spawnSync(process.execPath, [__filename, brokers, rounds, batches], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (child.status !== 0) throw new Error(`${client} failed: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

async function main() {
  const child = process.env.BENCH_ECHO_CLIENT;
  if (child !== undefined) return (child === 'ours' ? ours : theirs)(process.env.BENCH_ECHO_ROUND);
  console.log(
    `Node ${process.version}, kafkajs ${require('kafkajs/package.json').version}, ${batches} batches of ${RECORDS} x ${VALUE.length} B, load ${os.loadavg().map((l) => l.toFixed(1))}`,
  );
  await fill();
  const ratios = [];
  for (let round = 0; round < Number(rounds); round++) {
    const result = {};
    for (const client of round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) result[client] = run(client, round);
    const { ours: o, theirs: t } = result;
    ratios.push({ cpu: t.cpuUs / o.cpuUs, cycle: t.cycleMs / o.cycleMs });
    console.log(
      `round ${round + 1}: CPU per message ours ${o.cpuUs.toFixed(2)} us, kafkajs ${t.cpuUs.toFixed(2)} us (${(t.cpuUs / o.cpuUs).toFixed(1)}x); ` +
        `cycle p50 ours ${o.cycleMs.toFixed(1)} ms, kafkajs ${t.cycleMs.toFixed(1)} ms (${(t.cycleMs / o.cycleMs).toFixed(1)}x)`,
    );
  }
  const median = (of) => of.sort((a, b) => a - b)[of.length >> 1];
  console.log(
    `median: CPU per message ${median(ratios.map(({ cpu }) => cpu)).toFixed(1)}x less, cycle ${median(ratios.map(({ cycle }) => cycle)).toFixed(1)}x shorter`,
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
