import { createHash } from 'node:crypto';
import type { AvroSchema } from './schema-model';
import { canonicalForm } from './schema-text';

const EMPTY = 0xc15d213aa4d7a795n;
const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ (EMPTY & -(value & 1n));
  return value;
});

/** CRC-64-AVRO (specification, "Schema Fingerprints") of bytes, as an unsigned 64-bit integer. */
export function crc64Avro(bytes: Uint8Array): bigint {
  let crc = EMPTY;
  for (const byte of bytes) crc = (crc >> 8n) ^ (TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] as bigint);
  return crc;
}

/** Fingerprints of a schema's Parsing Canonical Form: equal where the same bytes decode the same way. */
export function fingerprints(schema: AvroSchema): { readonly crc64: bigint; readonly sha256: string } {
  const form = Buffer.from(canonicalForm(schema.root));
  return { crc64: crc64Avro(form), sha256: createHash('sha256').update(form).digest('hex') };
}
