import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnNode } from '@millrace/testing';
import { FileArtifactStore } from './file-artifact-store';

describe('artifacts/crash', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'artifacts-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const putAndDie = async (at: string) => {
    const child = spawnNode(path.join(__dirname, 'put-one.child.ts'), { args: [root], env: { MILLRACE_CRASH_AT: at } });
    expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' });
    return child.output.trim();
  };

  it('killed before the rename: no artifact, a nameless leftover', async () => {
    const digest = await putAndDie('artifacts.before-rename');
    expect(await new FileArtifactStore(root).has(digest)).toBe(false);
    expect(await readdir(path.join(root, 'incoming'))).toHaveLength(1);
  });

  it('killed after the rename: a whole artifact', async () => {
    const digest = await putAndDie('artifacts.after-rename');
    expect(await new FileArtifactStore(root).get(digest)).toHaveLength(100_000);
    expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
  });
});
