import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../infra/local/ports.cjs';
import { isAlive, startTimeOf } from '../../infra/local/processes.cjs';
import { endOrphans, ProcessRegister, runningSupervisor } from './process-register.cjs';

const SUPERVISOR = path.join(__dirname, 'fixtures', 'toy-supervisor.cjs');
const started: ChildProcess[] = [];
let folder: string;
let register: string;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-register-')));
  register = path.join(folder, 'processes.json');
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await endOrphans(register, folder);
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Output of the child until a line matches, or until it ends. */
function outputUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  started.push(child);
  return new Promise((resolve) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (pattern.test(output)) resolve(output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('close', () => resolve(output));
  });
}

const gone = async (pids: number[]): Promise<number[]> => {
  for (let step = 0; step < 500 && pids.some((pid) => isAlive(pid)); step++) await sleep(20);
  return pids.filter((pid) => isAlive(pid));
};

jest.setTimeout(60_000);

describe('supervisor/process-register', () => {
  test('after SIGKILL of the supervisor the next start ends all that it left, also children of children', async () => {
    const ports = [await freePort(), await freePort()].map(String);
    const first = spawn(process.execPath, [SUPERVISOR, folder, ...ports]);
    const output = await outputUntil(first, /ready [\d ]+\n/);
    const children = (/ready ([\d ]+)\n/.exec(output)?.[1] ?? '').split(' ').map(Number);
    expect(children).toHaveLength(2);
    const grandchildren = [0, 1].map((index) =>
      Number(fs.readFileSync(path.join(folder, `grandchild-${index}`), 'utf8')),
    );
    first.kill('SIGKILL');
    expect(await gone([first.pid as number])).toEqual([]);
    expect(isAlive(children[0] as number)).toBe(true);

    const second = spawn(process.execPath, [SUPERVISOR, folder, ...ports]);
    const again = await outputUntil(second, /ready [\d ]+\n/);
    expect(again).toMatch(/Ended what a killed supervisor had left: .*toy-0/);
    expect(again).toMatch(/ready \d+ \d+/);
    const onLinux = process.platform === 'linux';
    expect(await gone([...children, ...(onLinux ? grandchildren : grandchildren.slice(0, 1))])).toEqual([]);
  });

  test('a second supervisor beside a living one is refused', async () => {
    const port = String(await freePort());
    await outputUntil(spawn(process.execPath, [SUPERVISOR, folder, port]), /ready/);
    expect(runningSupervisor(register)).toBeDefined();
    const second = await outputUntil(spawn(process.execPath, [SUPERVISOR, folder, port]), /already runs here/);
    expect(second).toMatch(/Millrace already runs here \(process \d+\)/);
  });

  test('a stranger that got the id of an old child is left alone', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    started.push(stranger);
    const pid = stranger.pid as number;
    fs.writeFileSync(
      register,
      JSON.stringify({ processes: [{ name: 'toy', pid, startTime: '1', signal: 'SIGTERM' }] }),
    );
    expect(await endOrphans(register, folder)).toEqual([]);
    expect(startTimeOf(pid)).not.toBeNull();
  });

  test('a torn or missing file is no reason to fail', async () => {
    expect(await endOrphans(register, folder)).toEqual([]);
    fs.writeFileSync(register, '{"processes": [{"na');
    expect(await endOrphans(register, folder)).toEqual([]);
    expect(runningSupervisor(register)).toBeUndefined();
  });

  test('entries are written with their start time and disappear when removed', () => {
    const book = new ProcessRegister(register);
    book.add('self', process.pid);
    const [entry] = JSON.parse(fs.readFileSync(register, 'utf8')).processes;
    expect(entry).toEqual({ name: 'self', pid: process.pid, startTime: startTimeOf(process.pid), signal: 'SIGTERM' });
    book.remove('self');
    expect(JSON.parse(fs.readFileSync(register, 'utf8')).processes).toEqual([]);
  });
});
