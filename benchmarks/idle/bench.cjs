// What a platform costs that does nothing: the example loaded, a minute after its last request.
const { setTimeout: sleep } = require('node:timers/promises');
const { withPlatform } = require('../shared/platform.cjs');
const { cpuSeconds, familyOf, memoryMb } = require('../shared/processes.cjs');
const { round } = require('../shared/statistics.cjs');

async function run({ progress, size }) {
  const rows = size === 'small' ? '20000' : '200000';
  const quietSeconds = size === 'small' ? 5 : 60;
  const seconds = size === 'small' ? 10 : 60;
  return withPlatform({ tell: progress.detail }, async (platform, installation) => {
    progress.step(`the example, ${rows} rows`);
    await installation.cli(['demo', '--rows', rows, '--rate', size === 'small' ? '100000' : '500']);
    progress.step(`${quietSeconds} s of silence`);
    await sleep(quietSeconds * 1_000);
    progress.step(`measuring ${seconds} s`);
    const processes = nodeProcesses(platform.pid);
    const shares = await cpuShares(processes, seconds);
    const memory = processes.map(({ pid }) => memoryMb(pid));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return {
      figures: [
        {
          name: 'CPU of all Node processes together',
          value: round(total, 2),
          unit: '% of a core',
          target: { atMost: 10 },
        },
        ...processes.map(({ name }, index) => ({
          name: `${name}, resident`,
          value: round(memory[index].resident),
          unit: 'MB',
          target: limitOf(name),
        })),
      ],
      raw: {
        seconds,
        processes: processes.map(({ name }, index) => ({
          name,
          cpuPercent: round(shares[index], 2),
          ...memory[index],
        })),
      },
    };
  });
}

/** The supervisor, the services and what they started; not the broker and not the database. */
function nodeProcesses(pid) {
  return familyOf(pid)
    .filter(({ command }) => /^\S*node\s/.test(command))
    .map((one) => ({ ...one, name: nameOf(one.command) }));
}

function nameOf(command) {
  if (command.includes('tools/start')) return 'supervisor';
  if (command.includes('lane-worker/main')) return 'lane worker';
  if (command.includes('training/dist/worker')) return 'training worker';
  return /apps\/([\w-]+)\/dist\/main\.js/.exec(command)?.[1] ?? command;
}

const limitOf = (name) => (name === 'supervisor' ? undefined : { atMost: name === 'lane worker' ? 150 : 140 });

async function cpuShares(processes, seconds) {
  const before = processes.map(({ pid }) => cpuSeconds(pid));
  const began = performance.now();
  await sleep(seconds * 1_000);
  const elapsed = (performance.now() - began) / 1_000;
  return processes.map(({ pid }, index) => ((cpuSeconds(pid) - before[index]) / elapsed) * 100);
}

module.exports = { summary: 'CPU and resident memory of our processes, example loaded, nothing to do', run };
