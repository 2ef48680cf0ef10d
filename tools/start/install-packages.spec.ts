import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { packagesMatchLock } from './install-packages.cjs';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-lock-'));
  fs.mkdirSync(path.join(root, 'node_modules'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const lock = {
  '': { name: 'millrace' },
  'libs/x': { version: '0.1.0' },
  'node_modules/@millrace/x': { resolved: 'libs/x', link: true },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/only-for-windows': { version: '2.0.0', optional: true },
};
const write = (name: string, packages: object) => fs.writeFileSync(path.join(root, name), JSON.stringify({ packages }));

describe('start/install-packages', () => {
  test('what the lock asks for is there: nothing to install', () => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    expect(packagesMatchLock(root)).toBe(true);
  });

  test.each([
    ['another version', { 'node_modules/a': { version: '0.9.0' } }],
    ['a missing package', {}],
  ])('%s means install', (_, installed) => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', installed);
    expect(packagesMatchLock(root)).toBe(false);
  });

  test('nothing installed, or a torn record of it, means install', () => {
    write('package-lock.json', lock);
    expect(packagesMatchLock(root)).toBe(false);
    fs.writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), '{"pack');
    expect(packagesMatchLock(root)).toBe(false);
  });
});
