import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TrustedKeys } from '@millrace/messaging';
import { loadCommandSigner } from './command-signer';

const pair = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const trusted = (publicKey: KeyObject, service = 'gateway') =>
  TrustedKeys.fromJson(
    JSON.stringify({
      installation: 'here',
      keys: [
        {
          keyId: 'gateway-1',
          service,
          publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        },
      ],
    }),
  );

describe('gateway > identity > loadCommandSigner', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-signer-'));
    file = path.join(folder, 'gateway.private.pem');
    await writeFile(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('takes the key that is listed', async () => {
    const signer = await loadCommandSigner(file, 'gateway-1', trusted(pair.publicKey));
    expect(signer).toMatchObject({ installation: 'here', keyId: 'gateway-1' });
  });

  it.each([
    ['a key that is not listed', 'gateway-2', pair.publicKey, 'gateway', /does not list gateway-2/],
    ['a key of another service', 'gateway-1', pair.publicKey, 'registry', /as a key of the gateway/],
    ['another private half', 'gateway-1', other.publicKey, 'gateway', /not the private half/],
  ])('refuses %s', async (_, keyId, publicKey, service, sentence) => {
    await expect(loadCommandSigner(file, keyId, trusted(publicKey, service))).rejects.toMatchObject({
      code: 'SIGNING_KEY_UNUSABLE',
      message: expect.stringMatching(sentence),
    });
  });

  it('names a file that is not there or no key, and never its content', async () => {
    const broken = path.join(folder, 'broken.pem');
    await writeFile(broken, 'very secret');
    for (const one of [broken, path.join(folder, 'nothing.pem')]) {
      const refused = loadCommandSigner(one, 'gateway-1', trusted(pair.publicKey));
      await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(one) });
      await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('very secret') });
    }
  });
});
