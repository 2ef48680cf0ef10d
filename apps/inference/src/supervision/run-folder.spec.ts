import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareRunFolder, recorderFile } from './run-folder';

describe('inference > supervision > run folder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is cleared of what the dead left, and of an earlier process with the same id; nothing else is touched', () => {
    const own = path.basename(recorderFile(folder, 3));
    const names = [own, 'lane-worker-11-1.note', 'lane-worker-22-1.note', 'other.note'];
    for (const name of names) writeFileSync(path.join(folder, name), '');
    prepareRunFolder(folder, (pid) => pid === 22);
    expect(readdirSync(folder).sort()).toEqual(['lane-worker-22-1.note', 'other.note']);
  });

  it('is made when it is not there', () => {
    const deep = path.join(folder, 'a', 'b');
    prepareRunFolder(deep);
    expect(readdirSync(deep)).toEqual([]);
  });
});
