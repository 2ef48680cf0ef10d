/**
 * What read-process-write mode itself costs, with a processor that only copies: a backlog drained through one process, then
 * an open-loop rate from the moment a record is sent to the moment a read_committed reader has its copy, then the time from
 * the start of a host for a new topic to its first answer:
 *
 *   npm run build && node benchmarks/transport/lanes.cjs [127.0.0.1:9092] [records per partition] [records a second]
 */
const { setTimeout: sleep } = require('node:timers/promises');
const { KafkaClient, LaneHost, MessagingEvents } = require('../../libs/messaging/dist');
const { silentLogger } = require('../../libs/contracts/dist');

const [, , brokers = '127.0.0.1:9092', backlog = '50000', rate = '500'] = process.argv;
const PARTITIONS = 4;
const VALUE = Buffer.alloc(300, 0x61);
const KEY = Buffer.from('key-12345');
const SECONDS = 10;
const ROUNDS = 5;

async function main() {
  const prefix = `bench-lanes-${process.pid}-${Date.now()}.`;
  const client = await KafkaClient.connect({ brokers: [brokers], clientId: 'bench-lanes', prefix }, silentLogger);
  const producer = client.idempotentProducer();
  await makeTopics(client, 'in', 'out');
  await fillBacklog(producer);
  const { host, seconds, cpuUs, cycles } = await drain(client);
  const total = Number(backlog) * PARTITIONS;
  print('backlog drained, records a second', Math.round(total / seconds));
  print('CPU of the process, us a record', (cpuUs / total).toFixed(2));
  print('fetch to commit while draining, ms', percentiles(cycles));
  print(`sent to read, at ${rate} a second, ms`, percentiles(await latencies(client, producer)));
  await host.stop();
  const starts = [];
  for (let round = 0; round < ROUNDS; round++) starts.push(await timeToFirstAnswer(client, producer, round));
  print('start of a host to its first answer, ms', percentiles(starts));
  await client.close();
}

const makeTopics = (client, ...names) =>
  client.admin.createTopics(
    names.map((name) => ({ name, partitions: PARTITIONS, config: { 'retention.ms': '3600000' } })),
  );

async function fillBacklog(producer) {
  for (let partition = 0; partition < PARTITIONS; partition++)
    for (let left = Number(backlog); left > 0; left -= 5_000)
      await producer.send(
        'in',
        Array.from({ length: Math.min(left, 5_000) }, () => ({ partition, key: KEY, value: VALUE })),
      );
}

/** Copies views, as a real processor would write what it computed. */
const copyTo = (topic) => (partition) => ({
  async process({ records }, out) {
    while (records.next()) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = records;
      const key = keyStart < 0 ? null : buffer.subarray(keyStart, keyEnd);
      out.produce(topic, partition, key, buffer.subarray(valueStart, valueEnd));
    }
  },
});

function hostFor(client, input, output, lifecycle) {
  const processor = copyTo(output);
  return new LaneHost({
    client,
    group: `of-${input}`,
    topic: input,
    processor,
    outputs: [output],
    lifecycle,
    now: Date.now,
    logger: silentLogger,
  });
}

async function drain(client) {
  const cycles = [];
  const lifecycle = new MessagingEvents();
  let done = 0;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  lifecycle.on('transaction', ({ records, seconds }) => {
    cycles.push(seconds * 1_000);
    done += records;
    if (done === Number(backlog) * PARTITIONS) finish();
  });
  const host = hostFor(client, 'in', 'out', lifecycle);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await host.start();
  await finished;
  const { user, system } = process.cpuUsage(cpu);
  return { host, seconds: (performance.now() - startedAt) / 1_000, cpuUs: user + system, cycles: [...cycles] };
}

async function latencies(client, producer) {
  const reader = client.partitionReader({ topic: 'out' });
  const ends = await client.admin.endOffsets('out');
  for (const [partition, end] of ends) reader.assign('out', partition, end);
  const count = Number(rate) * SECONDS;
  const found = [];
  const limit = AbortSignal.timeout((SECONDS + 20) * 1_000);
  const reading = (async () => {
    while (found.length < count && !limit.aborted)
      for (const { records } of await reader.fetch(limit))
        while (records.next()) found.push(performance.now() - Number(records.record().value));
  })();
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    const wait = startedAt + (i * 1_000) / Number(rate) - performance.now();
    if (wait > 0) await sleep(wait);
    const value = Buffer.from(String(performance.now()));
    void producer.send('in', [{ partition: i % PARTITIONS, key: KEY, value }]);
  }
  await reading;
  await reader.close();
  if (found.length < count) throw new Error(`only ${found.length} of ${count} records were answered`);
  return found;
}

async function timeToFirstAnswer(client, producer, round) {
  const [input, output] = [`new-${round}`, `new-${round}-answers`];
  await makeTopics(client, input, output);
  await producer.send(input, [{ partition: 0, key: null, value: VALUE }]);
  const reader = client.partitionReader({ topic: output });
  reader.assign(output, 0, 'start');
  const host = hostFor(client, input, output);
  const startedAt = performance.now();
  await host.start();
  const limit = AbortSignal.timeout(20_000);
  while (!limit.aborted) if ((await reader.fetch(limit)).some(({ records }) => records.next())) break;
  const took = performance.now() - startedAt;
  await host.stop();
  await reader.close();
  return took;
}

function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}`;
}

function print(what, figure) {
  console.log(`${what.padEnd(44)} ${figure}`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
