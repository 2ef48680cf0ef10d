/**
 * CPU of connections that do nothing, before and after the cures of libs/messaging/src/kafkajs/connection-cures.ts:
 *
 *   npm run build && node benchmarks/transport/idle.cjs [127.0.0.1:9092] [seconds]
 *
 * Each case runs in a process of its own: twelve sockets that have had one reply each; our reader with a long poll of 500 ms
 * on four partitions; a paused kafkajs consumer (what group membership costs), cured and not.
 */
const { spawnSync } = require('node:child_process');

const brokers = process.argv[2] ?? '127.0.0.1:9092';
const seconds = Number(process.argv[3] ?? 10);
const settings = { brokers: [brokers], clientId: 'bench-idle', prefix: `bench-idle-${process.pid}.` };

const cases = {
  'a bare Node process': async () => {},
  '12 kafkajs connections, as they are': async () => {
    const { Kafka, logLevel } = require('kafkajs');
    const kafka = new Kafka({ brokers: [brokers], clientId: 'bench-idle', logLevel: logLevel.NOTHING });
    const admins = Array.from({ length: 12 }, () => kafka.admin());
    for (const admin of admins) {
      await admin.connect();
      await admin.listTopics();
    }
  },
  '12 kafkajs connections, cured': async () => {
    const { createKafkajs } = require('../../libs/messaging/dist/kafkajs/internals');
    const { silentLogger } = require('../../libs/contracts/dist');
    const { kafka } = createKafkajs(settings, silentLogger);
    for (let i = 0; i < 12; i++) {
      const admin = kafka.admin();
      await admin.connect();
      await admin.listTopics();
    }
  },
  'our reader, 4 partitions, long poll of 500 ms': async () => {
    const client = await connect();
    await client.admin.createTopics([{ name: 'r', partitions: 4, config: {} }]);
    const reader = client.partitionReader();
    for (let p = 0; p < 4; p++) reader.assign('r', p, 0);
    void (async () => {
      for (;;) await reader.fetch(new AbortController().signal);
    })();
  },
  'a paused kafkajs consumer, as it is': async () => {
    const { Kafka, logLevel } = require('kafkajs');
    const kafka = new Kafka({ brokers: [brokers], clientId: 'bench-idle', logLevel: logLevel.NOTHING });
    const client = await connect();
    await client.admin.createTopics([{ name: 'c', partitions: 4, config: {} }]);
    await consume(kafka, client);
  },
  'a paused kafkajs consumer, cured': async () => {
    const client = await connect();
    await client.admin.createTopics([{ name: 'c', partitions: 4, config: {} }]);
    await consume(client.kafkajs.kafka, client);
  },
};

async function connect() {
  const { KafkaClient } = require('../../libs/messaging/dist/client');
  const { silentLogger } = require('../../libs/contracts/dist');
  return KafkaClient.connect(settings, silentLogger);
}

async function consume(kafka, client) {
  const topic = client.prefixed('c');
  const consumer = kafka.consumer({
    groupId: client.prefixed('g'),
    maxWaitTimeInMs: 500,
    heartbeatInterval: 1_000,
    sessionTimeout: 6_000,
  });
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ eachBatch: async () => {} });
}

async function measure(name) {
  await cases[name]();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${(((user + system) / 1_000 / (performance.now() - startedAt)) * 100).toFixed(2).padStart(6)} % of a core  ${name}`,
  );
  process.exit(0);
}

if (process.env.BENCH_IDLE_CASE !== undefined) {
  measure(process.env.BENCH_IDLE_CASE).catch((error) => {
    console.error(error);
    process.exit(1);
  });
} else {
  console.log(
    `Node ${process.version}, kafkajs ${require('kafkajs/package.json').version}, ${seconds} s a case, load ${require('node:os')
      .loadavg()
      .map((l) => l.toFixed(1))}`,
  );
  for (const name of Object.keys(cases)) {
    spawnSync(process.execPath, [__filename, brokers, String(seconds)], {
      stdio: 'inherit',
      env: { ...process.env, BENCH_IDLE_CASE: name },
    });
  }
}
