import { readdirSync, readFileSync } from 'node:fs';

const FREEZES_WITHIN_MS = 10_000;

/**
 * Stops a process and its children without ending them, as a machine does that hangs; answers how to let it go on.
 *
 * SIGSTOP is only asked for when kill(2) returns: each thread stops where it next meets the kernel, 40 ms later on a
 * busy machine, and a parent may have had one more child until then. So this waits until every thread is seen stopped.
 *
 * @throws when they have not all stopped within 10 s.
 */
export async function freeze(pid: number): Promise<() => void> {
  const stopped = new Set<number>();
  const end = Date.now() + FREEZES_WITHIN_MS;
  for (;;) {
    const tree = [pid, ...childrenOf(pid)];
    const awake = tree.filter((one) => !stopped.has(one) || statesOf(one).some((state) => !STILL.includes(state)));
    if (awake.length === 0) return () => signalAll(stopped, 'SIGCONT');
    if (Date.now() > end) {
      signalAll(stopped, 'SIGCONT');
      throw new Error(`Process ${pid} did not freeze in ${FREEZES_WITHIN_MS} ms: ${awake.join(', ')} still run`);
    }
    for (const one of awake) stopped.add(one);
    signalAll(awake, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Stopped, or ended: see proc_pid_stat(5). */
const STILL = ['T', 't', 'Z', 'X'];

function signalAll(pids: Iterable<number>, name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // One that ended by itself meanwhile.
    }
  }
}

function childrenOf(parent: number): number[] {
  const own = numbersIn('/proc').filter((pid) => Number(statOf(`/proc/${pid}`)[1]) === parent);
  return own.flatMap((pid) => [pid, ...childrenOf(pid)]);
}

/** The state of each thread; nothing of a process that ended. */
function statesOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  return numbersIn(tasks).flatMap((task) => statOf(`${tasks}/${task}`).slice(0, 1));
}

function numbersIn(folder: string): number[] {
  return orNothing(() => readdirSync(folder))
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** What follows the command's name in `stat`: state, parent, ...; nothing of a process that ended. */
function statOf(folder: string): string[] {
  return orNothing(() => readFileSync(`${folder}/stat`, 'latin1').split(') ').at(-1)!.split(' '));
}

function orNothing<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
