// An endpoint of a running platform, reached as a producer in any language reaches it: through its topics.
const { randomUUID } = require('node:crypto');
const { silentLogger } = require('../../libs/contracts/dist');
const { AvroCodec, FRAME_BYTES, frame, KafkaClient, parseSchema } = require('../../libs/messaging/dist');
const fs = require('node:fs');

const connect = ({ brokers, prefix }) =>
  KafkaClient.connect({ brokers: [brokers], clientId: 'millrace-bench', prefix }, silentLogger);

/** @returns {Promise<object>} the endpoint's newest major: topics, schemas, schema ids, partitions */
async function findEndpoint({ gatewayUrl, apiKeyFile }, name) {
  const key = fs.readFileSync(apiKeyFile, 'utf8').trim();
  const answer = await fetch(`${gatewayUrl}/api/v1/endpoints`, { headers: { authorization: `Bearer ${key}` } });
  const endpoint = (await answer.json()).find((one) => one.endpoint === name);
  if (!endpoint) throw new Error(`There is no endpoint ${name}`);
  return endpoint.majors.at(-1);
}

/** Encodes requests of an endpoint. @returns {(requestId: string, features: object) => Buffer} */
function requestEncoder({ requestSchema, requestSchemaId }) {
  const codec = AvroCodec.of(parseSchema(requestSchema));
  return (requestId, features) =>
    frame(requestSchemaId, codec.encode({ requestId, eventTime: null, deadline: null, caller: null, features }));
}

/** Decodes responses. @returns {(buffer: Buffer, start: number, end: number) => object} */
function responseDecoder({ responseSchema }) {
  const codec = AvroCodec.of(parseSchema(responseSchema));
  return (buffer, start, end) => codec.decode(buffer, start + FRAME_BYTES, end);
}

const sum = (offsets) => [...offsets.values()].reduce((total, one) => total + Math.max(0, one), 0);

const newRunId = () => randomUUID().slice(0, 8);

module.exports = { connect, findEndpoint, newRunId, requestEncoder, responseDecoder, sum };
