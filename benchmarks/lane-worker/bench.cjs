// One lane worker, 4 partitions, the released model of the example: how fast it drains a backlog, how late it answers.
const { connect, findEndpoint, newRunId, requestEncoder, responseDecoder, sum } = require('../shared/endpoint.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { cpuSeconds, familyOf, memoryMb } = require('../shared/processes.cjs');
const { quantile, round } = require('../shared/statistics.cjs');
const { checkExactlyOnce } = require('./exactly-once.cjs');
const { features } = require('./flight-features.cjs');
const { openLoop } = require('./open-loop.cjs');
const { preload } = require('./preload.cjs');

const ENDPOINT = 'flights-late';
const RATE = 500;
const WARM_UP_SECONDS = 5;
const SAMPLE_MS = 100;
/** The rate is taken between these shares of the backlog: without the first fetches and the stragglers. */
const STEADY = [0.2, 0.95];
const DRAIN_LIMIT_MS = 180_000;

async function run({ progress, size }) {
  const backlog = size === 'small' ? 50_000 : 500_000;
  const seconds = size === 'small' ? 10 : 60;
  const rows = size === 'small' ? '20000' : '200000';
  const flights = await features(20_000);
  const featuresOf = (n) => flights[n % flights.length];
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    progress.step(`the example, ${rows} rows`);
    await installation.cli(['demo', '--rows', rows, '--rate', '100000']);
    const client = await connect(platform.addresses);
    try {
      const endpoint = await findEndpoint(platform.addresses, ENDPOINT);
      const stage = {
        client,
        endpoint,
        encode: requestEncoder(endpoint),
        decode: responseDecoder(endpoint),
        featuresOf,
      };
      const processes = processesOf(platform);
      const runId = newRunId();
      const drained = await drain(stage, processes, (n) => `drain-${runId}-${n}`, backlog, progress);
      const latency = await answerSteadily(stage, (n) => `steady-${runId}-${n}`, seconds, progress);
      progress.step('every request has exactly one response?');
      const expected = [...numbered(`drain-${runId}-`, backlog), ...numbered(`steady-${runId}-`, RATE * seconds)];
      const check = await checkExactlyOnce({ ...stage, expected });
      const { resident, peak } = memoryMb(processes.worker);
      return {
        figures: [
          ...drained.figures,
          ...latency.figures,
          { name: 'requests without a response', value: check.missing, unit: '', target: { atMost: 0 } },
          { name: 'requests with more than one', value: check.doubled, unit: '', target: { atMost: 0 } },
          { name: 'lane worker, resident afterwards', value: round(resident), unit: 'MB' },
          { name: 'lane worker, peak', value: round(peak), unit: 'MB' },
        ],
        raw: { backlog, ...drained.raw, ...latency.raw, check },
      };
    } finally {
      await client.close();
    }
  });
}

function processesOf(platform) {
  const family = familyOf(platform.pid);
  const pidOf = (pattern) => family.find(({ command }) => pattern.test(command))?.pid;
  return { worker: pidOf(/^\S*node .*lane-worker.main\.js/), broker: pidOf(/kafka\.Kafka/) };
}

async function drain(stage, { worker, broker }, idOf, count, progress) {
  const { client, endpoint } = stage;
  const { release, bytes } = await preload({
    ...stage,
    count,
    idOf,
    onProgress: (done) => progress.count('writing the backlog', done, count),
  });
  const answered = await answeredCounter(client, endpoint);
  const marks = [];
  const mark = (done, at) => marks.push({ done, at, worker: cpuSeconds(worker), broker: cpuSeconds(broker) });
  await release();
  const began = performance.now();
  for (let done = 0; done < count; ) {
    if (performance.now() - began > DRAIN_LIMIT_MS) throw new Error(`Only ${done} of ${count} answered in time`);
    done = await answered();
    mark(done, performance.now() - began);
    progress.count('draining', done, count);
    if (done < count) await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  const first = marks.find(({ done }) => done >= count * STEADY[0]);
  const last = marks.findLast(({ done }) => done <= count * STEADY[1] && done > first.done) ?? marks.at(-1);
  const requests = last.done - first.done;
  const perRequest = (name) => round(((last[name] - first[name]) / requests) * 1e6, 2);
  return {
    figures: [
      {
        name: `drained, ${count} requests, exactly once`,
        value: Math.round((requests / (last.at - first.at)) * 1_000),
        unit: 'requests/s',
        target: { atLeast: 50_000 },
      },
      { name: 'the same from first to last', value: Math.round((count / marks.at(-1).at) * 1_000), unit: 'requests/s' },
      { name: 'CPU of the lane worker', value: perRequest('worker'), unit: 'us/request' },
      { name: 'CPU of the broker', value: perRequest('broker'), unit: 'us/request' },
    ],
    raw: { bytesPerRequest: round(bytes / count), drain: marks.map((one) => ({ ...one, at: round(one.at) })) },
  };
}

/** Requests answered since now, by the group's committed offsets less the markers of transactions in between. */
async function answeredCounter({ admin }, { requestsTopic }) {
  const group = `inference.${requestsTopic}`;
  const begin = sum(await admin.committedOffsets(group, requestsTopic));
  return async () => sum(await admin.committedOffsets(group, requestsTopic)) - begin;
}

async function answerSteadily(stage, idOf, seconds, progress) {
  const options = { ...stage, rate: RATE };
  const title = `${RATE} requests/s for ${seconds} s`;
  progress.step('warming up');
  await openLoop({ ...options, idOf: (n) => `warm-${idOf(n)}`, seconds: WARM_UP_SECONDS, onProgress: () => {} });
  const onProgress = (answered) => progress.count(title, answered, RATE * seconds);
  const all = await openLoop({ ...options, idOf, seconds, onProgress });
  const latencies = all.filter((latency) => !Number.isNaN(latency));
  const figure = (name, value, target) => ({ name: `${title}: ${name}`, value: round(value), unit: 'ms', target });
  return {
    figures: [
      figure('p50', quantile(latencies, 0.5)),
      figure('p95', quantile(latencies, 0.95)),
      figure('p99', quantile(latencies, 0.99), { atMost: 60 }),
      figure('p99.9', quantile(latencies, 0.999)),
      figure('max', quantile(latencies, 1)),
    ],
    raw: { latenciesMs: Array.from(latencies, (latency) => round(latency)) },
  };
}

function* numbered(start, count) {
  for (let n = 0; n < count; n++) yield `${start}${n}`;
}

module.exports = { summary: 'requests/s through one lane worker, latency, exactly once', run };
