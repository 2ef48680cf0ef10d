// Requests leave when they are due, however long the answers take; latency counts from the moment a request was due, so a
// generator or a worker that is late cannot hide it (no coordinated omission).
const NEVER = new AbortController().signal;
const QUIET_MS = 5_000;
const TICK_MS = 2;

/**
 * @param {{client: object, endpoint: object, encode: Function, decode: Function, idOf: (n: number) => string,
 *   featuresOf: (n: number) => object, rate: number, seconds: number, onProgress: (answered: number) => void}} options
 * @returns {Promise<Float64Array>} milliseconds from due to received by a read-committed reader, one per request in the
 *   order of sending; NaN for a request without a response
 */
async function openLoop({ client, endpoint, encode, decode, idOf, featuresOf, rate, seconds, onProgress }) {
  const count = rate * seconds;
  const numberOf = new Map(Array.from({ length: count }, (_, n) => [idOf(n), n]));
  const latencies = new Float64Array(count).fill(Number.NaN);
  const reader = client.partitionReader({ topic: endpoint.responsesTopic, maxWaitMs: 200 });
  for (const [partition, end] of await client.admin.endOffsets(endpoint.responsesTopic, 'committed'))
    reader.assign(endpoint.responsesTopic, partition, end);
  const producer = client.idempotentProducer();
  const began = performance.now() + 100;
  const dueAt = (n) => began + (n / rate) * 1_000;
  const sending = send();
  let answered = 0;
  let lastAt = performance.now();
  while (answered < count && performance.now() - Math.max(lastAt, dueAt(count)) < QUIET_MS) {
    for (const { records } of await reader.fetch(NEVER)) {
      const receivedAt = performance.now();
      while (records.next()) {
        const n = numberOf.get(decode(records.buffer, records.valueStart, records.valueEnd).requestId);
        if (n === undefined || !Number.isNaN(latencies[n])) continue;
        latencies[n] = receivedAt - dueAt(n);
        answered++;
        lastAt = receivedAt;
      }
    }
    onProgress(answered);
  }
  await sending;
  await reader.close();
  return latencies;

  async function send() {
    const inFlight = new Set();
    for (let next = 0; next < count; ) {
      const records = [];
      for (; next < count && dueAt(next) <= performance.now(); next++)
        records.push({ key: Buffer.from(idOf(next)), value: encode(idOf(next), featuresOf(next)) });
      if (records.length > 0) {
        const sent = producer.send(endpoint.requestsTopic, records).finally(() => inFlight.delete(sent));
        inFlight.add(sent);
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await Promise.all(inFlight);
    await producer.close();
  }
}

module.exports = { openLoop };
