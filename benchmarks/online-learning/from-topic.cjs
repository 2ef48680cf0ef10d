// Examples a second that a learner of the platform takes from its topic: a backlog of real flights as labelled examples, read,
// decoded, tested, learned and saved with its position. From 20 % to 95 % of the backlog, by the times in its reports.
const fs = require('node:fs');
const path = require('node:path');
const { avroOf, endpointTopics, labelledRecord } = require('../../libs/contracts/dist');
const { TestThenTrain } = require('../../libs/learning/dist');
const { AvroCodec, frame, parseSchema, RecordBatchWriter, SchemaRegistryClient } = require('../../libs/messaging/dist');
const { packageModel } = require('../../libs/onnx/dist');
const { connect, findEndpoint } = require('../shared/endpoint.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { cpuSeconds, familyOf } = require('../shared/processes.cjs');
const { round } = require('../shared/statistics.cjs');

const NAME = 'flights-late';
const FEATURES = [
  { name: 'origin', kind: 'CATEGORY' },
  { name: 'destination', kind: 'CATEGORY' },
  { name: 'distance', kind: 'NUMBER' },
  { name: 'departure', kind: 'TIME' },
];
const REPORTS = 100;
const BATCH_BYTES = 512 * 1_024;
const LIMIT_MS = 180_000;

/**
 * @param {{features: object, label: number}[]} flights taken again and again until there are `count` examples.
 * @param {string[]} learners algorithms
 */
async function fromTopic(flights, count, learners, progress) {
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    progress.step(`${count} labelled examples on the topic`);
    const endpoint = await makeEndpoint(platform, installation, flights);
    await preload(platform, endpoint, flights, count);
    const figures = [];
    for (const algorithm of learners) {
      progress.step(`${algorithm} learns from the topic`);
      const before = cpuOfTraining(platform);
      const learned = await learn(platform, endpoint, algorithm, count);
      figures.push({ algorithm, ...learned, cpuMicros: round(((cpuOfTraining(platform) - before) * 1e6) / count) });
    }
    return figures;
  });
}

const cpuOfTraining = ({ pid }) =>
  familyOf(pid)
    .filter(({ command }) => /apps\/training\/dist\/main\.js/.test(command))
    .reduce((total, one) => total + cpuSeconds(one.pid), 0);

/** An endpoint needs a version for its shape: one of a learner that has seen a few flights. */
async function makeEndpoint(platform, installation, flights) {
  const run = TestThenTrain.start({
    learner: 'logistic-ftrl',
    features: FEATURES,
    parameters: {},
    guard: {},
    window: 1_000,
    detector: 'adwin',
  });
  for (const flight of flights.slice(0, 1_000)) run.take(flight);
  const file = path.join(installation.folder, 'shape.onnx');
  fs.writeFileSync(file, packageModel(run.learner.trained(), {}));
  await installation.cli(['model', 'import', NAME, file]);
  await installation.cli(['endpoint', 'create', NAME, '--from', `${NAME}:1`]);
  return findEndpoint(platform.addresses, NAME);
}

async function preload({ addresses }, { major, signature }, flights, count) {
  const topic = endpointTopics(NAME, major).labelled.name;
  const schema = parseSchema(JSON.stringify(avroOf(labelledRecord(NAME, major, signature))));
  const registry = new SchemaRegistryClient({ url: addresses.schemaRegistryUrl, prefix: addresses.prefix });
  const id = await registry.register(`${topic}-value`, schema);
  const codec = AvroCodec.of(schema);
  const client = await connect(addresses);
  // Open until all is there: a reader of what is committed sees the backlog at once.
  const producer = client.transactionalProducer('bench-labelled', { scope: { partitions: [] }, timeoutMs: 600_000 });
  await producer.init();
  const writer = new RecordBatchWriter();
  writer.begin();
  const flush = async () => {
    await producer.produce(topic, 0, writer.finish());
    writer.begin();
  };
  for (let n = 0; n < count; n++) {
    const { features, label } = flights[n % flights.length];
    writer.add(Date.now(), Buffer.from(`f-${n}`), frame(id, codec.encode(exampleOf(n, features, label))));
    if (writer.byteLength > BATCH_BYTES) await flush();
  }
  if (writer.recordCount > 0) await flush();
  await producer.commit();
  await producer.close();
  await client.close();
}

const exampleOf = (n, features, label) => ({
  requestId: `f-${n}`,
  requestPartition: 0,
  requestOffset: n,
  eventTime: features.departure,
  features,
  responseOffset: n,
  status: 'PREDICTED',
  outputs: { probability: 0.2 },
  model: NAME,
  version: 1,
  modelDigest: '0'.repeat(64),
  arm: 'main',
  releaseRevision: 1,
  decidedAt: features.departure,
  outcomePartition: 0,
  outcomeOffset: n,
  outcomeTime: features.departure,
  label,
});

async function learn(platform, { major }, algorithm, count) {
  const learner = `bench-${algorithm}`;
  await api(platform, 'POST', '/api/v1/commands/StartLearner', {
    learner,
    endpoint: NAME,
    major,
    plan: {
      algorithm,
      features: FEATURES.map((one) => ({ ...one, column: one.name })),
      releasedOutput: 'probability',
    },
    reportEvery: Math.floor(count / REPORTS),
  });
  for (const until = Date.now() + LIMIT_MS; ; ) {
    const view = await api(platform, 'GET', `/api/v1/learners/${learner}`).catch(() => null);
    if (view?.latest?.taken >= count * 0.99) return rateOf(view.reports, count);
    if (Date.now() > until) throw new Error(`${learner} has taken ${view?.latest?.taken ?? 0} examples only`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function rateOf(reports, count) {
  const [first, last] = [0.2, 0.95].map((share) => reports.find(({ taken }) => taken >= share * count));
  const perSecond = ((last.taken - first.taken) * 1_000) / (last.occurredAt - first.occurredAt);
  return { perSecond: Math.round(perSecond), logLoss: reports.at(-1).scores.logLoss };
}

async function api({ addresses: { gatewayUrl, apiKeyFile } }, method, address, body) {
  const key = fs.readFileSync(apiKeyFile, 'utf8').trim();
  const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${gatewayUrl}${address}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

module.exports = { fromTopic };
