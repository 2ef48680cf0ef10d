// How fast monitoring folds responses into windows of event time: a drained backlog is folded once more, from the log, by the
// service's own program in its mode `rebuild`, which runs the folds that the service runs, in one process. Lanes are idle then.
const { connect, findEndpoint, newRunId, requestEncoder, sum } = require('../shared/endpoint.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { features } = require('../lane-worker/flight-features.cjs');
const { preload } = require('../lane-worker/preload.cjs');

const ENDPOINT = 'flights-late';
const GROUP = `monitoring.windows.${ENDPOINT}.v1`;
const LIMIT_MS = 180_000;

async function run({ progress, size }) {
  const backlog = size === 'small' ? 20_000 : 300_000;
  const rows = size === 'small' ? '20000' : '100000';
  const flights = await features(20_000);
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    progress.step(`the example, ${rows} rows`);
    await installation.cli(['demo', '--rows', rows, '--rate', '2000']);
    const client = await connect(platform.addresses);
    try {
      const endpoint = await findEndpoint(platform.addresses, ENDPOINT);
      const before = await timeOfRebuild(installation, progress, 'rebuilding what the example left');
      const live = await drain(client, endpoint, flights, backlog, progress);
      const after = await timeOfRebuild(installation, progress, 'rebuilding with the backlog');
      const { windows } = await windowsOf(installation);
      return {
        figures: [
          {
            name: `responses folded by one process, ${backlog} more than before`,
            value: Math.round((backlog / (after.ms - before.ms)) * 1_000),
            unit: 'responses/s',
            target: { atLeast: 20_000 },
          },
          { name: 'behind the lanes while they drained, caught up at', value: Math.round(live), unit: 'responses/s' },
          { name: 'tables that a rebuild made otherwise', value: after.differences, unit: '', target: { atMost: 0 } },
          { name: 'windows told of', value: windows.length, unit: '', target: { atLeast: 20 } },
        ],
        raw: { before, after, backlog },
      };
    } finally {
      await client.close();
    }
  });
}

/** A rebuild reads everything; what it takes beyond the one before is what the backlog takes. */
async function timeOfRebuild(installation, progress, step) {
  progress.step(step);
  const began = performance.now();
  const report = JSON.parse(await installation.cli(['rebuild', 'monitoring', '--json']));
  const ms = performance.now() - began;
  return { ms, differences: report.tables.filter(({ difference }) => difference !== null).length };
}

/** @returns {Promise<number>} responses a second from the release of the backlog until monitoring has folded all of it */
async function drain(client, endpoint, flights, count, progress) {
  const runId = newRunId();
  const { release } = await preload({
    client,
    endpoint,
    count,
    encode: requestEncoder(endpoint),
    idOf: (n) => `monitoring-${runId}-${n}`,
    featuresOf: (n) => flights[n % flights.length],
    onProgress: (done) => progress.count('writing the backlog', done, count),
  });
  const began = performance.now();
  await release();
  progress.step('draining, and folding beside it');
  await untilFolded(client, endpoint);
  return (count / (performance.now() - began)) * 1_000;
}

/** Until the lanes have answered everything and monitoring has folded it. */
async function untilFolded({ admin }, { requestsTopic, responsesTopic }) {
  const lanes = `inference.${requestsTopic}`;
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const asked = sum(await admin.endOffsets(requestsTopic, 'committed'));
    const answered = sum(await admin.committedOffsets(lanes, requestsTopic));
    const end = sum(await admin.endOffsets(responsesTopic, 'uncommitted'));
    const folded = sum(await admin.committedOffsets(GROUP, responsesTopic));
    if (answered >= asked && folded >= end) return;
    if (performance.now() > until) throw new Error(`Only ${folded} of ${end} offsets folded in time`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function windowsOf(installation) {
  const views = JSON.parse(await installation.cli(['windows', ENDPOINT, '--last', '200', '--json']));
  return views[0];
}

module.exports = { summary: 'responses/s folded into windows by one process', run };
