// Asks a broker two questions over a plain socket, without a Kafka client: is it serving, and which features are final?
const net = require('node:net');

const API_METADATA = 3;
const API_VERSIONS = 18;
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * Sends one request and returns the response after its correlation id.
 *
 *   request   size i32 | api key i16 | version i16 | correlation i32 | client id string | [tags] | body
 *   response  size i32 | correlation i32 | body
 */
function ask({ host, port, apiKey, apiVersion, flexible = false, body, timeoutMs }) {
  const client = Buffer.from('millrace-probe');
  const head = Buffer.alloc(14);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(apiVersion, 6);
  head.writeInt32BE(1, 8);
  head.writeInt16BE(client.length, 12);
  const frame = Buffer.concat([head, client, flexible ? Buffer.from([0]) : Buffer.alloc(0), body]);
  frame.writeInt32BE(frame.length - 4, 0);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    let received = Buffer.alloc(0);
    const fail = (error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)));
    socket.on('error', fail);
    socket.on('close', () => reject(new Error(`${host}:${port} closed the connection`)));
    socket.on('connect', () => socket.write(frame));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE(0);
      if (size < 4 || size > MAX_RESPONSE_BYTES) return fail(new Error(`${host}:${port} does not speak Kafka`));
      if (received.length < size + 4) return;
      socket.destroy();
      resolve(received.subarray(8, size + 4));
    });
  });
}

/**
 * Number of live brokers that the broker at host:port knows; 0 while it is still registering with its controller.
 * Metadata v1 response: brokers i32 count [node i32, host string, port i32, rack nullable string] ...
 */
async function countLiveBrokers(host, port, timeoutMs = 2000) {
  const noTopics = Buffer.alloc(4);
  const response = await ask({ host, port, apiKey: API_METADATA, apiVersion: 1, body: noTopics, timeoutMs });
  return response.readInt32BE(0);
}

/**
 * Finalized features of the cluster, for example `{'metadata.version': 29, 'transaction.version': 2}`.
 * ApiVersions v3 response (header without tags): error i16 | api keys compact array [key i16, min i16, max i16, tags]
 * | throttle i32 | tags: 0 supported features, 1 epoch i64, 2 finalized [name compact string, max i16, min i16, tags].
 */
async function finalizedFeatures(host, port, timeoutMs = 2000) {
  const name = Buffer.from('\x09millrace\x02\x31\x00', 'latin1');
  const response = await ask({
    host,
    port,
    apiKey: API_VERSIONS,
    apiVersion: 3,
    flexible: true,
    body: name,
    timeoutMs,
  });
  return readFinalizedFeatures(response);
}

function readFinalizedFeatures(response) {
  let at = 0;
  const uvarint = () => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = response.readUInt8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError('varint of more than 5 bytes');
  };
  const skipTags = () => {
    for (let left = uvarint(); left > 0; left--) {
      uvarint();
      at += uvarint();
    }
  };
  const error = response.readInt16BE(at);
  at += 2;
  if (error !== 0) throw new Error(`the broker refused ApiVersions v3 with error ${error}`);
  for (let left = uvarint() - 1; left > 0; left--) {
    at += 6;
    skipTags();
  }
  at += 4;
  const features = {};
  for (let left = uvarint(); left > 0; left--) {
    const tag = uvarint();
    const end = uvarint() + at;
    if (tag === 2) {
      for (let names = uvarint() - 1; names > 0; names--) {
        const length = uvarint() - 1;
        const name = response.toString('utf8', at, at + length);
        at += length;
        features[name] = response.readInt16BE(at);
        at += 4;
        skipTags();
      }
    }
    at = end;
  }
  return features;
}

module.exports = { countLiveBrokers, finalizedFeatures, readFinalizedFeatures };
