import { createHash } from 'node:crypto';

/** Namespace of all ids that Millrace derives (a random UUID, fixed for ever). */
export const MILLRACE_NAMESPACE = '6f5d9ad1-6d3c-4b0e-9f57-2f1c0a8e41b7';

/** UUID version 5 (RFC 9562, section 5.5): the first 128 bits of SHA-1 over namespace and name, version and variant set. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Id of a control event: the same event published twice has the same id, so readers drop the repeat.
 *
 * @param topic logical name, without prefix: the id is the same in every installation.
 */
export function controlEventId(topic: string, aggregateId: string, aggregateVersion: number): string {
  return uuidV5(MILLRACE_NAMESPACE, `${topic}|${aggregateId}|${aggregateVersion}`);
}
