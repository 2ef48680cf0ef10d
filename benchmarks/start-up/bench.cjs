// What a person waits for after `npm start`: the first time (packages and jars present), and again with the state kept.
const { Installation } = require('../shared/platform.cjs');
const { median, round } = require('../shared/statistics.cjs');

const FIRST_RESPONSE = /first response: PREDICTED .*\(([\d.]+) s after the demo began\)/;

async function run({ progress, size }) {
  const rows = size === 'small' ? '20000' : '200000';
  const warmRounds = size === 'small' ? 1 : 3;
  const installation = await Installation.create({ tell: progress.detail });
  try {
    progress.step(`cold start, ${rows} rows`);
    const cold = await startOnce(installation, rows);
    const warm = [];
    for (let round = 1; round <= warmRounds; round++) {
      progress.step(`warm start ${round} of ${warmRounds}`);
      warm.push(await startOnce(installation, rows));
    }
    const of = (name) => round(median(warm.map((one) => one[name])), 2);
    const seconds = (name, value, target) => ({ name, value, unit: 's', target });
    return {
      figures: [
        seconds('cold: services ready', cold.ready),
        seconds(`cold: from records to the first response, ${rows} rows`, cold.demo, { atMost: 60 }),
        seconds('cold: from nothing to the first response', cold.firstResponse),
        seconds('warm: services ready', of('ready'), { atMost: 10 }),
        seconds('warm: first response by the released model', of('firstResponse'), { atMost: 15 }),
      ],
      raw: { rows, cold, warm },
    };
  } finally {
    installation.remove();
  }
}

/** Seconds since the start of the process; `demo` counts from the moment when the example begins with its records. */
async function startOnce(installation, rows) {
  const platform = await installation.start(['--rows', rows]);
  try {
    const up = platform.whenUp();
    const answered = platform.whenLine(FIRST_RESPONSE);
    answered.catch(() => {});
    const ready = await up;
    const { match, afterMs } = await answered;
    return { ready: round(ready / 1_000, 2), firstResponse: round(afterMs / 1_000, 2), demo: Number(match[1]) };
  } finally {
    await platform.stop();
  }
}

module.exports = { summary: 'seconds from npm start to services ready and to the first response, cold and warm', run };
