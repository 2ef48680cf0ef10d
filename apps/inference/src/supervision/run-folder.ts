import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const NOTE = /^lane-worker-(\d+)-\d+\.note$/;

/** Where a lane worker of this process keeps its flight recorder. */
export const recorderFile = (folder: string, generation: number): string =>
  path.join(folder, `lane-worker-${process.pid}-${generation}.note`);

/** Makes the folder and clears what earlier supervisors left there when they were killed. Others that live keep theirs. */
export function prepareRunFolder(folder: string, isAlive: (pid: number) => boolean = lives): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const pid = Number(NOTE.exec(name)?.[1] ?? 0);
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process: it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
