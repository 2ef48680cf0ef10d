// CPU per message of an exactly-once echo: our codecs against plain kafkajs, interleaved (echo.cjs).
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { withPlatform } = require('../shared/platform.cjs');
const { median, round } = require('../shared/statistics.cjs');

const ROUND = /ours ([\d.]+) us, kafkajs ([\d.]+) us \(.*cycle p50 ours ([\d.]+) ms, kafkajs ([\d.]+) ms/;

async function run({ progress, size }) {
  const rounds = size === 'small' ? '1' : '7';
  return withPlatform({ tell: progress.detail }, async (platform) => {
    progress.step(`echo, ${rounds} rounds`);
    const args = [path.join(__dirname, 'echo.cjs'), platform.addresses.brokers, rounds];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const samples = stdout
      .split('\n')
      .map((line) => ROUND.exec(line))
      .filter(Boolean)
      .map((found) => found.slice(1).map(Number))
      .map(([ours, kafkajs, oursMs, kafkajsMs]) => ({ ours, kafkajs, oursMs, kafkajsMs }));
    const of = (value, digits = 2) => round(median(samples.map(value)), digits);
    return {
      figures: [
        { name: 'ours, CPU per message', value: of(({ ours }) => ours), unit: 'us' },
        { name: 'kafkajs, CPU per message', value: of(({ kafkajs }) => kafkajs), unit: 'us' },
        {
          name: 'ratio, median of the rounds',
          value: of(({ ours, kafkajs }) => kafkajs / ours, 1),
          unit: 'times less',
        },
        { name: 'ours, fetch to commit, p50', value: of(({ oursMs }) => oursMs, 1), unit: 'ms' },
        { name: 'kafkajs, fetch to commit, p50', value: of(({ kafkajsMs }) => kafkajsMs, 1), unit: 'ms' },
      ],
      raw: { samples },
    };
  });
}

module.exports = { summary: 'CPU per message of an exactly-once echo, ours against plain kafkajs', run };
