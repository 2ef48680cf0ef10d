import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { headerText } from './envelope';
import type { TrustedKeys } from './trusted-keys';

/**
 * A command is signed over these lines (UTF-8, joined by LF, none at the end):
 *
 *   millrace-command-v1
 *   <installation id>
 *   <topic, as on the broker, prefix included>
 *   <record key>
 *   <actor>
 *   <command id = ce_id>
 *   <SHA-256 of the value, lowercase hex>
 *
 * Headers: `millrace-actor`, `millrace-key-id`, `millrace-signature` (Ed25519, base64). The installation id and the
 * topic keep a command from being replayed elsewhere; the command id keeps it from being replayed here.
 */
export interface SignedCommand {
  readonly topic: string;
  readonly key: string;
  readonly actor: string;
  readonly commandId: string;
  readonly value: Buffer;
}

export const ACTOR_HEADER = 'millrace-actor';
export const KEY_ID_HEADER = 'millrace-key-id';
export const SIGNATURE_HEADER = 'millrace-signature';

export interface CommandSigner {
  readonly installation: string;
  readonly keyId: string;
  /** Ed25519. */
  readonly privateKey: KeyObject;
}

/** The three headers of a signed command. */
export function signCommand(signer: CommandSigner, command: SignedCommand): [name: string, value: string][] {
  const signature = sign(null, signedBytes(signer.installation, command), signer.privateKey);
  return [
    [ACTOR_HEADER, command.actor],
    [KEY_ID_HEADER, signer.keyId],
    [SIGNATURE_HEADER, signature.toString('base64')],
  ];
}

export type SignatureVerdict =
  | { readonly valid: true; readonly actor: string; readonly service: string; readonly commandId: string }
  | { readonly valid: false; readonly reason: string };

/** A command as read: where it lay, its key, its headers, its value. */
export interface ReceivedCommand {
  /** As on the broker, prefix included. */
  readonly topic: string;
  readonly key: Buffer | null;
  readonly headers: ReadonlyMap<string, Buffer>;
  readonly value: Buffer | null;
}

/**
 * Checks who signed a command. Never throws; the reason of a refusal is a sentence for the dead letter.
 *
 * @param services whose signature is accepted: the gateway and the services named in the owner's flow.
 */
export function verifyCommand(
  keys: TrustedKeys,
  services: ReadonlySet<string>,
  { topic, key, headers, value }: ReceivedCommand,
): SignatureVerdict {
  const refuse = (reason: string): SignatureVerdict => ({ valid: false, reason });
  const actor = headerText(headers.get(ACTOR_HEADER));
  const keyId = headerText(headers.get(KEY_ID_HEADER));
  const signature = headerText(headers.get(SIGNATURE_HEADER));
  const commandId = headerText(headers.get('ce_id'));
  if (!actor || !keyId || !signature || !commandId) {
    return refuse(
      `The command is not signed: it needs the headers ce_id, ${ACTOR_HEADER}, ${KEY_ID_HEADER} and ${SIGNATURE_HEADER}.`,
    );
  }
  if (!key || !value) return refuse('The command has no key or no value.');
  const trusted = keys.find(keyId);
  if (!trusted) return refuse(`The command is signed with the key ${keyId}, which trusted-keys.json does not list.`);
  if (!services.has(trusted.service)) {
    return refuse(`The command is signed by ${trusted.service}, which may not send this command.`);
  }
  const command = { topic, key: key.toString('utf8'), actor, commandId, value };
  try {
    const bytes = signedBytes(keys.installation, command);
    if (!verify(null, bytes, trusted.publicKey, Buffer.from(signature, 'base64'))) {
      return refuse(
        `The signature of ${trusted.service} does not fit the command: it was changed, or signed for another topic or installation.`,
      );
    }
  } catch (error) {
    return refuse(`The signature cannot be checked: ${(error as Error).message}`);
  }
  return { valid: true, actor, service: trusted.service, commandId };
}

function signedBytes(installation: string, { topic, key, actor, commandId, value }: SignedCommand): Buffer {
  const lines = [
    'millrace-command-v1',
    installation,
    topic,
    key,
    actor,
    commandId,
    createHash('sha256').update(value).digest('hex'),
  ];
  const broken = lines.find((line) => line.includes('\n'));
  if (broken !== undefined) throw new Error('a signed field has a line break');
  return Buffer.from(lines.join('\n'), 'utf8');
}
