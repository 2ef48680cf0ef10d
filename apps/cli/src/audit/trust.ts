import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FindKey } from '@millrace/ledger';
import type { Platform } from '../platform/find-platform';
import { CliError, EXIT } from '../terminal/cli-error';

/** Whom to believe: the key that the installation was made with. Those after it are announced by the log and signed by it. */
export interface Trust {
  /** Null: that of the first head, whose signature covers its name. */
  readonly installation: string | null;
  /** @param firstId the name that the chain gives its first key */
  readonly keysOf: (firstId: string) => FindKey;
}

/** @param file PEM, base64 of the DER, or trusted-keys.json; by default the trusted keys of the platform that is found */
export async function trustOf(platform: Platform, file: string | undefined): Promise<Trust> {
  const path = file ?? platform.trustedKeys;
  if (!path)
    throw new CliError(
      'Whose signature is to be believed? Give --public-key <file> (PEM or trusted-keys.json), or run it where npm start runs.',
      EXIT.usage,
    );
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new CliError(`The public key cannot be read from ${path}: ${error.message}`, EXIT.usage);
  });
  if (text.trimStart().startsWith('{')) {
    const { TrustedKeys } = await import('@millrace/messaging');
    const trusted = TrustedKeys.fromJson(text, path);
    const find: FindKey = (keyId) => {
      const key = trusted.find(keyId);
      return key?.service === 'governance' ? key.publicKey : undefined;
    };
    return { installation: trusted.installation, keysOf: () => find };
  }
  const key = publicKeyOf(text, path);
  return { installation: null, keysOf: (firstId) => (keyId) => (keyId === firstId ? key : undefined) };
}

function publicKeyOf(text: string, path: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new Error(`it is an ${key.asymmetricKeyType} key`);
  } catch (error) {
    throw new CliError(
      `${path} is no Ed25519 public key (PEM, or base64 of its DER): ${(error as Error).message}`,
      EXIT.usage,
    );
  }
}
