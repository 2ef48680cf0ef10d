import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '@millrace/contracts';

export interface TrustedKey {
  readonly keyId: string;
  readonly service: string;
  readonly publicKey: KeyObject;
}

/**
 * Whose signatures this installation believes. The file:
 *
 *   {"installation": "<uuid>", "keys": [{"keyId": "gateway-1", "service": "gateway", "publicKey": "<SPKI, base64 or PEM>"}]}
 */
export class TrustedKeys {
  private constructor(
    readonly installation: string,
    private readonly keys: ReadonlyMap<string, TrustedKey>,
  ) {}

  static async fromFile(path: string): Promise<TrustedKeys> {
    return TrustedKeys.fromJson(await readFile(path, 'utf8'), path);
  }

  /** @throws AppError TRUSTED_KEYS_INVALID; `origin` stands in its message. */
  static fromJson(json: string, origin = 'trusted keys'): TrustedKeys {
    const invalid = (problem: string) =>
      new AppError({ code: 'TRUSTED_KEYS_INVALID', message: `${origin}: ${problem}.`, retriable: false });
    let file: { installation?: unknown; keys?: unknown };
    try {
      file = JSON.parse(json) as typeof file;
    } catch (error) {
      throw invalid(`not JSON (${(error as Error).message})`);
    }
    const { installation, keys } = file ?? {};
    if (typeof installation !== 'string' || !installation) throw invalid('"installation" is missing');
    if (!Array.isArray(keys)) throw invalid('"keys" is not an array');
    const byId = new Map<string, TrustedKey>();
    for (const [index, key] of keys.entries()) {
      const { keyId, service, publicKey } = (key ?? {}) as Record<string, unknown>;
      if (typeof keyId !== 'string' || typeof service !== 'string' || typeof publicKey !== 'string') {
        throw invalid(`key ${index} needs "keyId", "service" and "publicKey"`);
      }
      if (byId.has(keyId)) throw invalid(`the key id ${keyId} stands there twice`);
      byId.set(keyId, {
        keyId,
        service,
        publicKey: readPublicKey(publicKey, (problem) => invalid(`key ${keyId}: ${problem}`)),
      });
    }
    return new TrustedKeys(installation, byId);
  }

  find(keyId: string): TrustedKey | undefined {
    return this.keys.get(keyId);
  }
}

function readPublicKey(text: string, invalid: (problem: string) => Error): KeyObject {
  let key: KeyObject;
  try {
    key = text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch (error) {
    throw invalid(`not a public key (${(error as Error).message})`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalid(`an ${key.asymmetricKeyType} key, but Ed25519 is needed`);
  return key;
}
