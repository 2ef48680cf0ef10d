import { UndecodableError } from './poison';

/**
 * Confluent's wire format, version 0:
 *
 *   byte  0      1..4                 5..
 *   +------+--------------------+--------------+
 *   | 0x00 | schema id, uint32  | Avro datum   |
 *   +------+--------------------+--------------+
 *
 * Version 1 moves the id into the header `__value_schema_id` (0x01 and a 16-byte GUID) and leaves a bare datum in the
 * value. It is recognised, so that the dead letter can say what happened, and not read.
 */
export const FRAME_BYTES = 5;
const MAGIC = 0x00;
const GUID_HEADERS = ['__value_schema_id', '__key_schema_id'] as const;

/** A datum with its frame in one new buffer. */
export function frame(schemaId: number, datum: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_BYTES + datum.length);
  writeFrame(framed, 0, schemaId);
  framed.set(datum, FRAME_BYTES);
  return framed;
}

/** Writes the five bytes of a frame at `offset`; answers the offset of the datum. */
export function writeFrame(target: Buffer, offset: number, schemaId: number): number {
  target[offset] = MAGIC;
  return target.writeUInt32BE(schemaId, offset + 1);
}

/**
 * The schema id of a framed value.
 *
 * @param value the value; null (a tombstone) is refused like any other value without a frame.
 * @throws UndecodableError UNREADABLE with the detail NO_VALUE, NO_FRAME or UNKNOWN_FRAMING.
 */
export function schemaIdOf(value: Buffer | null, start = 0, end: number = value?.length ?? 0): number {
  if (value === null) throw new UndecodableError('UNREADABLE', 'NO_VALUE', 'The record has no value.');
  if (end - start < FRAME_BYTES) {
    throw new UndecodableError(
      'UNREADABLE',
      'NO_FRAME',
      `The value has ${end - start} bytes; Confluent framing alone takes ${FRAME_BYTES} (0x00, then the schema id).`,
    );
  }
  const magic = value[start] as number;
  if (magic !== MAGIC) {
    throw new UndecodableError(
      'UNREADABLE',
      'UNKNOWN_FRAMING',
      `The value begins with 0x${magic.toString(16).padStart(2, '0')}; Confluent framing begins with 0x00. Was it sent without a schema-registry serializer?`,
    );
  }
  return value.readUInt32BE(start + 1);
}

/**
 * Refuses records whose schema is named by a GUID in a header (framing version 1).
 * @throws UndecodableError UNREADABLE with the detail UNKNOWN_FRAMING.
 */
export function refuseHeaderFraming(headers: ReadonlyMap<string, Buffer>): void {
  for (const name of GUID_HEADERS) {
    if (headers.get(name)?.[0] === 0x01) {
      throw new UndecodableError(
        'UNREADABLE',
        'UNKNOWN_FRAMING',
        `The header ${name} names the schema by GUID (framing version 1). Set the producer to put the schema id into the value (the serializers' default).`,
      );
    }
  }
}
