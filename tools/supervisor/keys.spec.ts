import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ensureKeys } from './keys.cjs';

let folder: string;

beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-keys-')), 'keys');
});
afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true, force: true }));

const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');

describe('supervisor/keys', () => {
  test('the trusted key verifies what the private key signs', () => {
    ensureKeys(folder, ['gateway']);
    const { installation, keys } = JSON.parse(read('trusted-keys.json'));
    expect(installation).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys).toEqual([{ keyId: 'gateway-1', service: 'gateway', publicKey: expect.any(String) }]);
    const publicKey = createPublicKey({ key: Buffer.from(keys[0].publicKey, 'base64'), format: 'der', type: 'spki' });
    const signature = sign(null, Buffer.from('x'), createPrivateKey(read('gateway.private.pem')));
    expect(verify(null, Buffer.from('x'), publicKey, signature)).toBe(true);
    expect(verify(null, Buffer.from('y'), publicKey, signature)).toBe(false);
  });

  test('the list of API keys holds the hash of the key of the command line, and not the key', () => {
    ensureKeys(folder, []);
    const key = read('cli.key').trim();
    expect(key.length).toBeGreaterThan(40);
    const keySha256 = createHash('sha256').update(key).digest('hex');
    const viewerSha256 = createHash('sha256').update(read('viewer.key').trim()).digest('hex');
    expect(JSON.parse(read('api-keys.json'))).toEqual({
      keys: [
        { actor: 'admin', keySha256, roles: ['admin'] },
        { actor: 'page', keySha256: viewerSha256, roles: ['viewer'] },
        { actor: 'approver-1', keySha256: expect.any(String), roles: ['approver'] },
        { actor: 'approver-2', keySha256: expect.any(String), roles: ['approver'] },
      ],
    });
    expect(read('api-keys.json')).not.toContain(key);
  });

  test('secrets are for their owner only', () => {
    ensureKeys(folder, ['gateway']);
    for (const name of ['gateway.private.pem', 'api-keys.json', 'cli.key', 'approver-1.key']) {
      expect((fs.statSync(path.join(folder, name)).mode & 0o777).toString(8)).toBe('600');
    }
  });

  test('a second start changes nothing and keeps keys that a person added', () => {
    ensureKeys(folder, ['gateway']);
    const added = { actor: 'ann', keySha256: 'ab'.repeat(32), roles: ['viewer'] };
    const file = path.join(folder, 'api-keys.json');
    fs.writeFileSync(file, JSON.stringify({ keys: [...JSON.parse(read('api-keys.json')).keys, added] }));
    const names = ['gateway.private.pem', 'trusted-keys.json', 'api-keys.json', 'cli.key'];
    const before = names.map(read);
    ensureKeys(folder, ['gateway']);
    expect(names.map(read)).toEqual(before);
  });

  test('a key of the command line that was deleted is replaced, and the new one is listed', () => {
    ensureKeys(folder, []);
    fs.rmSync(path.join(folder, 'cli.key'));
    ensureKeys(folder, []);
    const keySha256 = createHash('sha256').update(read('cli.key').trim()).digest('hex');
    expect(JSON.parse(read('api-keys.json')).keys.map((key: { keySha256: string }) => key.keySha256)).toContain(
      keySha256,
    );
  });
});
