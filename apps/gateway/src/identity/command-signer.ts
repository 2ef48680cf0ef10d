import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '@millrace/contracts';
import type { CommandSigner, TrustedKeys } from '@millrace/messaging';

/**
 * The gateway's signature. A key that the owners of commands would not believe ends the start: better than commands that
 * all end as dead letters.
 *
 * @throws AppError SIGNING_KEY_UNUSABLE
 */
export async function loadCommandSigner(file: string, keyId: string, trusted: TrustedKeys): Promise<CommandSigner> {
  const privateKey = await readPrivateKey(file);
  const listed = trusted.find(keyId);
  if (listed?.service !== 'gateway')
    throw unusable(
      `trusted-keys.json does not list ${keyId} as a key of the gateway. npm start makes both files together.`,
    );
  if (!sameKey(createPublicKey(privateKey), listed.publicKey))
    throw unusable(`${file} is not the private half of ${keyId} in trusted-keys.json.`);
  return { installation: trusted.installation, keyId, privateKey };
}

async function readPrivateKey(file: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readFile(file, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw unusable(`${file} cannot be read as a private key (${(error as Error).message}).`);
  }
  throw unusable(`${file} is no Ed25519 key.`);
}

const sameKey = (a: KeyObject, b: KeyObject): boolean =>
  a.export({ format: 'der', type: 'spki' }).equals(b.export({ format: 'der', type: 'spki' }));

const unusable = (message: string): AppError =>
  new AppError({ code: 'SIGNING_KEY_UNUSABLE', message: `Commands cannot be signed: ${message}`, retriable: false });
