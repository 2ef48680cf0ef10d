import { gunzipSync } from 'node:zlib';
import { KafkaError } from '../../client/kafka-error';
import { decompressLz4 } from './lz4';
import { decompressSnappy } from './snappy';
import { decompressZstd } from './zstd';

/** The largest record batch accepted after decompression. Bytes. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/** Number of the codec in the attributes of a batch -> its name. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * The records of a compressed batch. Nothing beyond `maxBytes` is ever allocated, whatever the bytes announce.
 * @throws KafkaError KAFKA_UNREADABLE_BATCH for an unknown codec, a broken stream or one beyond the bound
 */
export async function decompress(codec: number, bytes: Buffer, maxBytes = MAX_DECOMPRESSED_BYTES): Promise<Buffer> {
  const name = CODECS[codec] ?? `codec ${codec}`;
  try {
    switch (name) {
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: maxBytes });
      case 'snappy':
        return decompressSnappy(bytes, maxBytes);
      case 'lz4':
        return decompressLz4(bytes, maxBytes);
      case 'zstd':
        return await decompressZstd(bytes, maxBytes);
      default:
        throw new RangeError('the codec is unknown');
    }
  } catch (error) {
    throw new KafkaError({
      code: 'KAFKA_UNREADABLE_BATCH',
      message: `A batch of ${bytes.length} bytes compressed with ${name} cannot be read: ${(error as Error).message}. At most ${maxBytes} bytes are accepted after decompression; ask its producer for smaller batches or another codec.`,
      api: 'Fetch',
      kafkaCode: 0,
      retriable: false,
      cause: error,
    });
  }
}
