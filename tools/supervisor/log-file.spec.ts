import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LogFile } from './log-file.cjs';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-log-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('supervisor/log-file', () => {
  test('a full file gives way to a new one, and one older file is kept', () => {
    const file = path.join(folder, 'logs', 'toy.log');
    const log = new LogFile(file, 10);
    for (const line of ['one', 'two', 'three', 'four']) log.append(line);
    log.close();
    expect(fs.readFileSync(`${file}.1`, 'utf8')).toBe('three\n');
    expect(fs.readFileSync(file, 'utf8')).toBe('four\n');
    expect(fs.readdirSync(path.dirname(file))).toHaveLength(2);
  });

  test('a later start goes on in the same file, and lines after the end are dropped quietly', () => {
    const file = path.join(folder, 'toy.log');
    for (const line of ['one', 'two']) {
      const log = new LogFile(file);
      log.append(line);
      log.close();
      log.append('late');
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });
});
