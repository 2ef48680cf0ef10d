/**
 * Mutants of recorded broker responses through the decoder, and mutants of record batches (with a checksum made right again)
 * through scan, decompression and cursor. Given the modules, so that the spec runs the sources and the script the build.
 */
const ALLOWED = new Set([
  'KAFKA_MALFORMED_RESPONSE',
  'KAFKA_MALFORMED_BATCH',
  'KAFKA_CORRUPT_BATCH',
  'KAFKA_UNREADABLE_BATCH',
]);
const CRC_AT = 17;
const CRC_FROM = 21;
const LENGTH_AT = 8;
const LENGTH_FROM = 12;

function makeWireTarget({ decodeResponse, spokenApis, scanBatches, crc32c, mutate }) {
  /** Returns 'accepted' or 'refused'; throws what must not happen. */
  async function guarded(bytes, work) {
    try {
      await work();
      return 'accepted';
    } catch (error) {
      if (ALLOWED.has(error?.code)) return 'refused';
      throw new Error(`mutant ${bytes.toString('hex')}`, { cause: error });
    }
  }

  async function walk(topic, partition, offset, records, aborted) {
    const { cursor, nextOffset } = await scanBatches(topic, partition, offset, records, aborted);
    let last = -1;
    for (let left = records.length * 100; cursor.next(); left--) {
      if (left === 0) throw new Error('the cursor does not end');
      last = cursor.offset;
      cursor.headers();
    }
    if (nextOffset <= offset) throw new Error(`the position does not move: ${offset} to ${nextOffset}`);
    return last;
  }

  async function response(exchange, random) {
    const api = spokenApis.find(({ name }) => name === exchange.api);
    const bytes = mutate(Buffer.from(exchange.payload, 'hex'), random);
    return guarded(bytes, async () => {
      const decoded = decodeResponse(api, bytes);
      if (exchange.api !== 'Fetch') return;
      for (const { topic, partitions } of decoded.topics) {
        for (const p of partitions) {
          if (p.records?.length > 0) await walk(topic, p.partition, 0, p.records, p.abortedTransactions);
        }
      }
    });
  }

  /** One batch of the recording, changed behind its checksum; length and checksum are then made right. */
  async function batch(records, random) {
    const original = records.subarray(0, LENGTH_FROM + records.readInt32BE(LENGTH_AT));
    const body = mutate(Buffer.from(original.subarray(CRC_FROM)), random);
    const bytes = Buffer.concat([original.subarray(0, CRC_FROM), body]);
    bytes.writeInt32BE(bytes.length - LENGTH_FROM, LENGTH_AT);
    bytes.writeUInt32BE(crc32c(bytes, CRC_FROM), CRC_AT);
    return guarded(bytes, () => walk('t', 0, 0, bytes, []));
  }

  return { response, batch };
}

/** The records of every partition that a recorded fetch returned. */
function recordedBatches(exchanges) {
  return exchanges
    .filter(({ api }) => api === 'Fetch')
    .flatMap(({ name, response }) =>
      response.topics.flatMap(({ partitions }) =>
        partitions
          .filter(({ records }) => records !== null && records.length > 4 + 2 * 61)
          .map(({ records }) => ({ name, records: Buffer.from(records.slice(4), 'hex') })),
      ),
    );
}

module.exports = { makeWireTarget, recordedBatches };
