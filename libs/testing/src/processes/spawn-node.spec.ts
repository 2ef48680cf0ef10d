import path from 'node:path';
import { eventually } from '../ground';
import { spawnNode } from './spawn-node';

const toy = path.join(__dirname, 'toy-process.ts');
const lives = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('testing/processes/spawn-node', () => {
  it('runs TypeScript with the libraries of the workspace and gives exit code and output', async () => {
    const child = spawnNode(toy, { args: ['leave'], env: { TOY: 'set' } });
    expect(await child.exit).toEqual({ code: 3, signal: null });
    expect(child.output).toBe('ready leave set\n');
  });

  it('dies at a crash point by SIGKILL', async () => {
    const child = spawnNode(toy, { args: ['stay'], env: { MILLRACE_CRASH_AT: 'toy.here' } });
    expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('waits for a text, then kills', async () => {
    const child = spawnNode(toy, { args: ['stay'] });
    await child.waitFor(/ready (\w+)/);
    expect(lives(child.pid)).toBe(true);
    expect(await child.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(lives(child.pid)).toBe(false);
  });

  it('says why a text never came', async () => {
    const child = spawnNode(toy, { args: ['leave'] });
    await expect(child.waitFor('never')).rejects.toThrow(
      'ended (3) before it wrote never. Its output:\nready leave none',
    );
    const stays = spawnNode(toy, { args: ['stay'] });
    await expect(stays.waitFor('never', 10)).rejects.toThrow('took longer than 10 ms');
  });

  it('a child does not outlive a parent that was killed', async () => {
    const parent = spawnNode(path.join(__dirname, 'toy-parent.ts'), { args: [toy] });
    await parent.waitFor(/child (\d+) is up/);
    const pid = Number(/child (\d+)/.exec(parent.output)?.[1]);
    expect(lives(pid)).toBe(true);
    await parent.kill();
    await eventually(() => expect(lives(pid)).toBe(false));
  });
});
