import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../infra/local/ports.cjs';
import { isAlive } from '../../infra/local/processes.cjs';
import { askHealth } from './health-probe.cjs';
import { SupervisedProcess } from './supervised-process.cjs';

const TOY = path.join(__dirname, 'fixtures', 'toy-service.cjs');
const QUICK = { startPollMs: 20, pollMs: 30, graceMs: 500 };

interface Event {
  state: string;
  how?: string;
  delayMs?: number;
}

const supervised: InstanceType<typeof SupervisedProcess>[] = [];
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-supervisor-'));
});

afterEach(async () => {
  await Promise.all(supervised.splice(0).map((one) => one.stop()));
  fs.rmSync(folder, { recursive: true, force: true });
});

async function supervise(flags: string[], options: { now?: () => number; times?: object } = {}) {
  const port = await freePort();
  const events: Event[] = [];
  const lines: string[] = [];
  const one = new SupervisedProcess(
    {
      name: 'toy',
      ipc: true,
      prepare: async () => ({ command: process.execPath, args: [TOY, String(port), ...flags], env: process.env }),
      probe: () => askHealth(`http://127.0.0.1:${port}/health/ready`, { timeoutMs: 1000 }),
    },
    {
      register: { add: () => undefined, remove: () => undefined },
      onLine: (_: string, line: string) => lines.push(line),
      onState: (_: string, state: string, details: object) => events.push({ state, ...details }),
      now: options.now ?? Date.now,
      random: () => 0,
    },
    { ...QUICK, ...options.times },
  );
  supervised.push(one);
  return { one, events, lines };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let step = 0; step < 1500; step++) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`never: ${what}`);
}

jest.setTimeout(60_000);

describe('supervisor/supervised-process', () => {
  test('a healthy process becomes ready and its lines are passed on', async () => {
    const { one, events, lines } = await supervise([]);
    one.start();
    await one.whenReady();
    expect(events.map((event) => event.state)).toEqual(['STARTING', 'READY']);
    await until(() => lines.some((line) => line.includes('toy is up')), 'the line of the toy');
  });

  test('a process that dies is started again, each time after a longer delay, and the loop becomes visible', async () => {
    const { one, events } = await supervise(['--die-after=1']);
    one.start();
    await until(() => events.some((event) => event.state === 'CRASH_LOOP'), 'CRASH_LOOP');
    const deaths = events.filter((event) => event.how !== undefined);
    expect(deaths.slice(0, 5).map((event) => event.state)).toEqual([...Array(4).fill('BACKING_OFF'), 'CRASH_LOOP']);
    expect(deaths.slice(0, 5).map((event) => event.delayMs)).toEqual([125, 250, 500, 1000, 2000]);
    expect(deaths[0]?.how).toBe('ended with exit code 7');
  });

  test('a process that cannot be started at all counts as dying', async () => {
    const { one, events } = await supervise([]);
    const broken = new SupervisedProcess(
      {
        name: 'absent',
        prepare: async () => ({ command: path.join(folder, 'absent'), args: [] }),
        probe: async () => ({ ready: false, reasons: [] }),
      },
      {
        register: { add: () => undefined, remove: () => undefined },
        onLine: () => undefined,
        onState: (_: string, state: string, details: object) => events.push({ state, ...details }),
        now: Date.now,
        random: () => 0,
      },
      QUICK,
    );
    supervised.push(broken);
    broken.start();
    await until(() => events.some((event) => event.state === 'BACKING_OFF'), 'BACKING_OFF');
    expect(events.find((event) => event.state === 'BACKING_OFF')?.how).toMatch(/could not be started/);
    expect(one.state).toBe('STOPPED');
  });

  test('a process that reports "stalled" is restarted', async () => {
    const { one, events } = await supervise(['--stall-after=300']);
    one.start();
    await until(() => events.some((event) => /stalled/.test(event.how ?? '')), 'a restart because of a stall');
    await until(() => events.filter((event) => event.state === 'READY').length >= 2, 'ready again');
  });

  test('a process that stops answering is restarted', async () => {
    const { one, events } = await supervise([], { times: { silentMs: 300 } });
    one.start();
    await one.whenReady();
    process.kill(one.pid as unknown as number, 'SIGSTOP');
    await until(() => events.some((event) => /no answer/.test(event.how ?? '')), 'a restart because of silence');
  });

  test('stop asks first, kills after the grace period, and leaves no child of the child', async () => {
    const file = path.join(folder, 'grandchild');
    const { one } = await supervise(['--ignore-sigterm', `--grandchild=${file}`]);
    one.start();
    await one.whenReady();
    const child = one.pid as unknown as number;
    const grandchild = Number(fs.readFileSync(file, 'utf8'));
    expect(isAlive(grandchild)).toBe(true);
    await one.stop();
    expect(one.state).toBe('STOPPED');
    expect(isAlive(child)).toBe(false);
    await until(() => !isAlive(grandchild), 'the grandchild gone');
  });

  test('stop during the wait for the next start ends the waiting', async () => {
    const { one, events } = await supervise(['--die-after=1']);
    one.start();
    await until(() => events.some((event) => event.state === 'BACKING_OFF'), 'BACKING_OFF');
    await one.stop();
    const starts = events.filter((event) => event.state === 'STARTING').length;
    await sleep(400);
    expect(events.filter((event) => event.state === 'STARTING')).toHaveLength(starts);
  });
});
