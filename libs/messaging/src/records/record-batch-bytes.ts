/** One finished record batch (magic 2) inside a larger Buffer, with room for the frame in front and behind. */
export interface RecordBatchBytes {
  readonly buffer: Buffer;
  /** First byte of the batch (its base offset field) in `buffer`. */
  readonly start: number;
  /** One past its last byte. */
  readonly end: number;
  readonly recordCount: number;
}

/**
 * The header of a record batch v2 (KIP-98), and where its fields lie:
 *
 * ```
 *  0 base offset i64          8 batch length i32 (bytes after this field)   12 partition leader epoch i32
 * 16 magic i8 (2)            17 CRC-32C u32 over bytes 21..end              21 attributes i16
 * 23 last offset delta i32   27 base timestamp i64                          35 max timestamp i64
 * 43 producer id i64         51 producer epoch i16                          53 base sequence i32
 * 57 record count i32        61 records
 *
 * attributes: bits 0-2 codec (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd) | 3 log append time | 4 transactional | 5 control
 * record    = length varint | attributes i8 | timestamp delta varlong | offset delta varint
 *           | key length varint (-1 null) | key | value length varint (-1 null) | value
 *           | header count varint | [key length varint | key | value length varint (-1 null) | value]
 * ```
 * (varints are zigzag)
 */
export const BATCH = {
  BASE_OFFSET: 0,
  LENGTH: 8,
  LEADER_EPOCH: 12,
  MAGIC: 16,
  CRC: 17,
  ATTRIBUTES: 21,
  LAST_OFFSET_DELTA: 23,
  BASE_TIMESTAMP: 27,
  MAX_TIMESTAMP: 35,
  PRODUCER_ID: 43,
  PRODUCER_EPOCH: 51,
  BASE_SEQUENCE: 53,
  RECORD_COUNT: 57,
  RECORDS: 61,
} as const;

export const ATTRIBUTE_CODEC_MASK = 0x07;
export const ATTRIBUTE_LOG_APPEND_TIME = 0x08;
export const ATTRIBUTE_TRANSACTIONAL = 0x10;
export const ATTRIBUTE_CONTROL = 0x20;
