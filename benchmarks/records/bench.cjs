// How fast records come from a file to `accepted`, and from there into a data set.
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { connect, sum } = require('../shared/endpoint.cjs');
const { ROOT } = require('../shared/machine.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { cpuSeconds, familyOf } = require('../shared/processes.cjs');
const { round } = require('../shared/statistics.cjs');

const FILE = path.join(ROOT, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');
const SOURCE = 'flights';
const TOPIC = `data.${SOURCE}.records.v1`;
const SAMPLE_MS = 100;
const SORT_LIMIT_MS = 300_000;

async function run({ progress, size }) {
  const rows = size === 'small' ? 50_000 : 1_000_000;
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    await installation.cli(addSource());
    const client = await connect(platform.addresses);
    try {
      const family = familyOf(platform.pid);
      const [ingestion, broker] = ['apps/ingestion', 'kafka.Kafka'].map(
        (part) => family.find(({ command }) => command.includes(part)).pid,
      );
      const before = [ingestion, broker].map(cpuSeconds);
      progress.step(`loading ${rows} rows`);
      const began = performance.now();
      const loading = installation.cli(['data', 'load', FILE, '--source', SOURCE, '--take', String(rows), '--json']);
      const acceptedMs = await untilSorted(client, loading, progress, rows, began);
      const load = JSON.parse(await loading);
      const cpu = [ingestion, broker].map((pid, index) => cpuSeconds(pid) - before[index]);
      progress.step('cutting a data set');
      const cutBegan = performance.now();
      const dataset = JSON.parse(await installation.cli(['dataset', 'snapshot', SOURCE, '--json']));
      const cutMs = performance.now() - cutBegan;
      const perSecond = (count, ms) => Math.round((count / ms) * 1_000);
      const rate = (name, value, target) => ({ name, value, unit: 'rows/s', target });
      return {
        figures: [
          rate('file to topic', perSecond(load.rowsDone, load.seconds * 1_000)),
          rate('file to accepted', perSecond(rows, acceptedMs), { atLeast: 40_000 }),
          rate('accepted to data set', perSecond(dataset.rows, cutMs), { atLeast: 40_000 }),
          { name: 'CPU of ingestion, sorting', value: round((cpu[0] / rows) * 1e6, 2), unit: 'us/row' },
          { name: 'CPU of the broker', value: round((cpu[1] / rows) * 1e6, 2), unit: 'us/row' },
          {
            name: 'rows sent but neither accepted nor in quarantine',
            value: await lost(client),
            unit: '',
            target: { atMost: 0 },
          },
        ],
        raw: { rows, load, acceptedMs: round(acceptedMs), cutMs: round(cutMs), datasetRows: dataset.rows },
      };
    } finally {
      await client.close();
    }
  });
}

const addSource = () =>
  ['source', 'add', SOURCE, '--from', FILE, '--event-time', 'date', '--rule', 'delay:between:-180..3000'].concat([
    '--owner',
    'benchmark',
    '--licence',
    'public domain',
  ]);

/** Milliseconds from `began` until every record that the load sent has been sorted. */
async function untilSorted({ admin }, loading, progress, rows, began) {
  let loaded = false;
  let failure = null;
  loading.then(
    () => {
      loaded = true;
    },
    (error) => {
      failure = error;
    },
  );
  while (performance.now() - began < SORT_LIMIT_MS) {
    if (failure) throw failure;
    const finished = loaded;
    const end = sum(await admin.endOffsets(TOPIC, 'committed'));
    const done = sum(await admin.committedOffsets(`ingestion.${TOPIC}`, TOPIC));
    if (finished && done >= end) return performance.now() - began;
    progress.count('sorting', Math.min(done, rows), rows);
    await sleep(SAMPLE_MS);
  }
  throw new Error(`The records were not sorted within ${SORT_LIMIT_MS / 1_000} s`);
}

/** Counted from the records themselves: offsets also count the markers of transactions. */
async function lost(client) {
  const [sent, ...sorted] = await Promise.all(
    [TOPIC, `data.${SOURCE}.accepted.v1`, `data.${SOURCE}.quarantine.v1`].map((topic) => countRecords(client, topic)),
  );
  return sent - sorted.reduce((total, one) => total + one, 0);
}

async function countRecords(client, topic) {
  const reader = client.partitionReader({ topic, maxWaitMs: 200 });
  const ends = await client.admin.endOffsets(topic, 'committed');
  const left = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
  for (const partition of left) reader.assign(topic, partition, 'start');
  let count = 0;
  while (left.size > 0) {
    for (const { partition, nextOffset, records } of await reader.fetch(new AbortController().signal)) {
      while (records.next()) count++;
      if (nextOffset >= ends.get(partition)) left.delete(partition);
    }
  }
  await reader.close();
  return count;
}

module.exports = { summary: 'rows/s from a file to accepted, and into a data set', run };
