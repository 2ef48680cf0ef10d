import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freeze } from './freeze';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

/** Counts aloud as fast as it can, and so does its child. */
const COUNTS = `setInterval(() => process.stdout.write('.'), 1)`;
const COUNTS_IN_TWO = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(COUNTS)}], { stdio: 'inherit' }); ${COUNTS}`;

onLinux('freeze', () => {
  let counting: ChildProcess;
  let heard: number;

  beforeEach(async () => {
    heard = 0;
    counting = spawn(process.execPath, ['-e', COUNTS_IN_TWO], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    counting.stdout!.on('data', (bytes: Buffer) => {
      heard += bytes.length;
    });
    await once(counting.stdout!, 'data');
  });

  afterEach(async () => {
    const gone = once(counting, 'exit');
    process.kill(-counting.pid!, 'SIGKILL');
    await gone;
  });

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('has stopped parent and child when it answers, and lets both go on', async () => {
    for (let round = 0; round < 5; round++) {
      const goOn = await freeze(counting.pid!);
      await pause(20); // What was written before lies in the pipe.
      const before = heard;
      await pause(100);
      expect(heard).toBe(before);
      goOn();
      await once(counting.stdout!, 'data');
    }
  });

  it('has nothing to wait for where no process is', async () => {
    const goOn = await freeze(2 ** 30);
    goOn();
  });
});
