// What it costs monitoring to fold responses into windows of event time: a backlog is drained by the lanes, and monitoring folds it
// beside them. What counts is the CPU of its process, which other load of the machine does not change much; the CPU of judging
// and telling of windows is in it. Then the tables are rebuilt from the log, which must give the same.
const { connect, findEndpoint, newRunId, requestEncoder, sum } = require('../shared/endpoint.cjs');
const { withPlatform } = require('../shared/platform.cjs');
const { cpuSeconds, familyOf, memoryMb } = require('../shared/processes.cjs');
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
      const pid = monitoringOf(platform);
      const { seconds, cpu } = await drain(client, endpoint, flights, backlog, progress, () => cpuSeconds(pid));
      const { peak } = memoryMb(pid);
      progress.step('rebuilding its tables from the log');
      const report = JSON.parse(await installation.cli(['rebuild', 'monitoring', '--json']));
      const { windows } = await windowsOf(installation);
      return {
        figures: [
          {
            name: `responses folded a second of CPU, of ${backlog}`,
            value: Math.round(backlog / cpu),
            unit: 'responses/s',
            target: { atLeast: 20_000 },
          },
          {
            name: 'beside the lanes, until all were folded',
            value: Math.round(backlog / seconds),
            unit: 'responses/s',
          },
          { name: 'most memory', value: Math.round(peak), unit: 'MB' },
          {
            name: 'tables that a rebuild makes otherwise',
            value: report.tables.filter(({ difference }) => difference !== null).length,
            unit: '',
            target: { atMost: 0 },
          },
          { name: 'windows told of', value: windows.length, unit: '', target: { atLeast: 20 } },
        ],
        raw: { backlog, seconds, cpu },
      };
    } finally {
      await client.close();
    }
  });
}

function monitoringOf(platform) {
  const found = familyOf(platform.pid).find(({ command }) => command.includes('apps/monitoring/dist/main.js'));
  if (!found) throw new Error('monitoring does not run');
  return found.pid;
}

/** @returns what it took monitoring, from the release of the backlog until it has folded all of it */
async function drain(client, endpoint, flights, count, progress, cpuNow) {
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
  const [began, used] = [performance.now(), cpuNow()];
  await release();
  progress.step('draining, and folding beside it');
  await untilFolded(client, endpoint);
  return { seconds: (performance.now() - began) / 1_000, cpu: cpuNow() - used };
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

module.exports = { summary: 'responses that monitoring folds into windows a second of CPU', run };
