// A backlog that appears all at once: the requests are written in one open transaction per partition, which a
// read-committed lane cannot see, and then committed. So the lane worker need not be stopped, and no producer runs while
// it drains.
const { RecordBatchWriter, partitionOfKey } = require('../../libs/messaging/dist');

const BATCH_BYTES = 512 * 1_024;
const TIMEOUT_MS = 600_000;

/**
 * @param {{client: object, endpoint: object, count: number, encode: Function, idOf: (n: number) => string,
 *   featuresOf: (n: number) => object, onProgress: (done: number) => void}} options
 * @returns {Promise<{release: () => Promise<void>, bytes: number}>} `release` commits: the backlog is there
 */
async function preload({ client, endpoint, count, encode, idOf, featuresOf, onProgress }) {
  const lanes = await Promise.all(
    Array.from({ length: endpoint.partitions }, async (_, partition) => {
      const producer = client.transactionalProducer(`bench-preload.${partition}`, {
        scope: { partitions: [] },
        timeoutMs: TIMEOUT_MS,
      });
      await producer.init();
      return { partition, producer, writer: new RecordBatchWriter() };
    }),
  );
  let bytes = 0;
  const flush = async ({ partition, producer, writer }) => {
    bytes += writer.byteLength;
    await producer.produce(endpoint.requestsTopic, partition, writer.finish());
    writer.begin();
  };
  for (let n = 0; n < count; n++) {
    const key = Buffer.from(idOf(n));
    const lane = lanes[partitionOfKey(key, endpoint.partitions)];
    lane.writer.add(Date.now(), key, encode(idOf(n), featuresOf(n)));
    if (lane.writer.byteLength > BATCH_BYTES) await flush(lane);
    if (n % 10_000 === 0) onProgress(n);
  }
  for (const lane of lanes) if (lane.writer.recordCount > 0) await flush(lane);
  const release = async () => {
    await Promise.all(lanes.map(({ producer }) => producer.commit()));
    await Promise.all(lanes.map(({ producer }) => producer.close()));
  };
  return { release, bytes };
}

module.exports = { preload };
