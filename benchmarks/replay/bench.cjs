// How fast past responses are computed again: those that came at a live rate, in small batches, and those of a drained
// backlog, in large ones. What is timed is the command itself, from its first fetch to its last comparison.
const { connect, findEndpoint, newRunId, requestEncoder, sum } = require('../shared/endpoint.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { round } = require('../shared/statistics.cjs');
const { features } = require('../lane-worker/flight-features.cjs');
const { preload } = require('../lane-worker/preload.cjs');

const ENDPOINT = 'flights-late';
const LIVE_RATE = 2_000;
const DRAIN_LIMIT_MS = 120_000;

async function run({ progress, size }) {
  const backlog = size === 'small' ? 50_000 : 300_000;
  const rows = size === 'small' ? '20000' : '100000';
  const flights = await features(20_000);
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    progress.step(`the example, ${rows} rows, ${LIVE_RATE} requests/s`);
    await installation.cli(['demo', '--rows', rows, '--rate', String(LIVE_RATE)]);
    const client = await connect(platform.addresses);
    try {
      const endpoint = await findEndpoint(platform.addresses, ENDPOINT);
      progress.step('replaying what came at the live rate');
      await untilAnswered(client, endpoint, 0);
      const live = await replay(installation, []);
      const from = new Date().toISOString();
      const drained = await drain(client, endpoint, flights, backlog, progress);
      progress.step('replaying the backlog');
      const large = await replay(installation, ['--from', from]);
      return {
        figures: [
          figure(`${live.responses} responses that came at ${LIVE_RATE}/s`, live, 20_000),
          { name: 'rows a batch, mean', value: meanBatch(live), unit: '' },
          {
            name: 'times the live rate',
            value: round(live.responsesPerSecond / LIVE_RATE),
            unit: '',
            target: { atLeast: 5 },
          },
          figure(`${large.responses} responses of a backlog`, large, 20_000),
          { name: 'rows a batch, mean', value: meanBatch(large), unit: '' },
          { name: 'the lanes answered that backlog with', value: Math.round(drained), unit: 'responses/s' },
          {
            name: 'responses that the replay of the backlog did not see',
            value: backlog - large.responses,
            unit: '',
            target: { atMost: 0, atLeast: 0 },
          },
        ],
        raw: { live, large, backlog },
      };
    } finally {
      await client.close();
    }
  });
}

const figure = (name, report, atLeast) => ({
  name,
  value: report.responsesPerSecond,
  unit: 'responses/s',
  target: { atLeast },
});

const meanBatch = ({ responses, batches }) => round(responses / batches.count);

/** A difference ends the command with exit code 3, and so the benchmark. */
async function replay(installation, args) {
  return JSON.parse(await installation.cli(['replay', ENDPOINT, '--json', ...args]));
}

/** @returns {Promise<number>} responses a second of the lanes, from the moment the backlog was there */
async function drain(client, endpoint, flights, count, progress) {
  const runId = newRunId();
  const { release } = await preload({
    client,
    endpoint,
    count,
    encode: requestEncoder(endpoint),
    idOf: (n) => `replay-${runId}-${n}`,
    featuresOf: (n) => flights[n % flights.length],
    onProgress: (done) => progress.count('writing the backlog', done, count),
  });
  const began = performance.now();
  await release();
  progress.step('draining');
  await untilAnswered(client, endpoint, count);
  return (count / (performance.now() - began)) * 1_000;
}

/** Until the lanes have committed the end of the request topic, and their last transaction can be read. */
async function untilAnswered({ admin }, { requestsTopic, responsesTopic }, count) {
  const group = `inference.${requestsTopic}`;
  const until = performance.now() + DRAIN_LIMIT_MS;
  for (;;) {
    const end = sum(await admin.endOffsets(requestsTopic, 'committed'));
    const done = sum(await admin.committedOffsets(group, requestsTopic));
    const readable = sum(await admin.endOffsets(responsesTopic, 'committed'));
    if (done >= end && readable === sum(await admin.endOffsets(responsesTopic, 'uncommitted'))) return;
    if (performance.now() > until) throw new Error(`Only ${done} of ${end} answered in time (${count} were wanted)`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

module.exports = { summary: 'responses/s computed again from the log, small and large batches', run };
