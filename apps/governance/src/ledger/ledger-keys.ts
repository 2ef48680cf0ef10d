import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@millrace/contracts';
import type { HeadSigner } from '@millrace/ledger';
import { SETTINGS } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import type { Ledger } from '../domain/ledger';
import type { NewKey } from '../domain/rotate-ledger-key';
import type { GovernanceSettings } from '../governance.settings';

const DEFAULT_KEYS = '.millrace/keys';
/** Nobody but the owner may read a key. */
const OTHERS = 0o077;

/**
 * The private keys that sign tree heads, each a file of its own in the folder of keys, for its owner's eyes only: the first as the
 * supervisor makes it (`governance.private.pem`), those after it named by their id. Processes of the service share the folder.
 */
@Injectable()
export class LedgerKeys {
  private readonly folder: string;
  private readonly firstId: string;
  private readonly known = new Map<string, KeyObject>();

  constructor(@Inject(SETTINGS) settings: GovernanceSettings) {
    this.folder = settings.MILLRACE_KEYS ?? DEFAULT_KEYS;
    this.firstId = settings.MILLRACE_LEDGER_KEY_ID;
  }

  /** @throws AppError SIGNING_KEY_UNUSABLE */
  async signerOf(ledger: Ledger): Promise<HeadSigner> {
    const keyId = ledger.keyId ?? this.firstId;
    let privateKey = this.known.get(keyId);
    if (privateKey === undefined) {
      privateKey = await this.load(keyId);
      this.known.set(keyId, privateKey);
    }
    return { keyId, privateKey };
  }

  /** Makes the key that comes after the present one; one that was made and not used yet is taken. */
  async next({ rotations }: Ledger): Promise<NewKey> {
    const keyId = `${this.firstId.replace(/-\d+$/, '')}-${rotations + 2}`;
    if (!(await stat(this.fileOf(keyId)).catch(() => null))) await this.make(keyId);
    const publicKey = createPublicKey(await this.load(keyId)).export({ type: 'spki', format: 'der' });
    return { keyId, publicKey };
  }

  private async make(keyId: string): Promise<void> {
    const file = this.fileOf(keyId);
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      // A file that is half written would be taken for the key after a crash.
      await writeFile(`${file}.tmp`, pem, { mode: 0o600 });
      await rename(`${file}.tmp`, file);
    } catch (error) {
      throw this.unusable(keyId, (error as Error).message, error);
    }
  }

  private unusable(keyId: string, why: string, cause?: unknown): AppError {
    return new AppError({
      code: 'SIGNING_KEY_UNUSABLE',
      message: `Tree heads cannot be signed with ${this.fileOf(keyId)}: ${why}. Put the private key ${keyId} there, readable for its owner alone (mode 600).`,
      retriable: false,
      cause,
    });
  }

  private fileOf(keyId: string): string {
    return path.join(this.folder, keyId === this.firstId ? 'governance.private.pem' : `${keyId}.private.pem`);
  }

  private async load(keyId: string): Promise<KeyObject> {
    const file = this.fileOf(keyId);
    let key: KeyObject;
    try {
      if (process.platform !== 'win32' && ((await stat(file)).mode & OTHERS) !== 0)
        throw new Error('others may read it');
      key = createPrivateKey(await readFile(file));
    } catch (error) {
      throw this.unusable(keyId, (error as Error).message, error);
    }
    if (key.asymmetricKeyType !== 'ed25519')
      throw this.unusable(keyId, `it is an ${key.asymmetricKeyType} key, not Ed25519`);
    return key;
  }
}
