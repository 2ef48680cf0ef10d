import {
  apiNamed,
  asRecorded,
  fromRecorded,
  type RecordedExchange,
  recordedExchanges,
} from '../../fixtures/wire/recorded';
import type { KafkaError } from '../client/kafka-error';
import { encodeProduceFrame, type ProduceRequest } from './produce';
import { spokenApis } from './spoken-apis';
import { decodeResponse, encodeRequest, type Throttled, type WireApi } from './wire-api';

const CLIENT_ID = 'golden';
const title = ({ api, version, name }: RecordedExchange) => `${api} v${version}: ${name}`;
const cases = recordedExchanges.map((exchange) => ({ title: title(exchange), exchange }));

describe('messaging/wire/golden: exchanges recorded from Apache Kafka 4.3.1', () => {
  it('covers every API that is spoken, at the version that is spoken', () => {
    const recorded = new Set(recordedExchanges.map(({ api, version }) => `${api} v${version}`));
    expect(spokenApis.map(({ name, version }) => `${name} v${version}`).filter((api) => !recorded.has(api))).toEqual(
      [],
    );
  });

  it.each(cases)('$title: writes the frame that the broker accepted', ({ exchange }) => {
    expect(frameOf(exchange).toString('hex')).toBe(exchange.frame);
  });

  it.each(cases)('$title: reads the response', ({ exchange }) => {
    const response = decodeResponse(
      apiNamed(exchange.api) as WireApi<unknown, Throttled>,
      Buffer.from(exchange.payload, 'hex'),
    );
    expect(asRecorded(response)).toEqual(exchange.response);
  });

  it.each(cases)('$title: refuses every truncation and a byte too many', ({ exchange }) => {
    const api = apiNamed(exchange.api) as WireApi<unknown, Throttled>;
    const payload = Buffer.from(exchange.payload, 'hex');
    const accepted: number[] = [];
    for (let length = 0; length < payload.length; length++) {
      try {
        decodeResponse(api, payload.subarray(0, length));
        accepted.push(length);
      } catch (error) {
        if ((error as KafkaError).code !== 'KAFKA_MALFORMED_RESPONSE') throw error;
      }
    }
    expect(accepted).toEqual([]);
    expect(() => decodeResponse(api, Buffer.concat([payload, Buffer.from([0])]))).toThrow(/1 bytes after the end/);
  });
});

function frameOf({ api, request, correlationId }: RecordedExchange): Buffer {
  const wanted = fromRecorded(request);
  if (api !== 'Produce') {
    return encodeRequest(apiNamed(api) as WireApi<unknown, Throttled>, wanted, correlationId, CLIENT_ID);
  }
  const { batch, ...rest } = wanted as Omit<ProduceRequest, 'batch'> & { batch: string };
  const bytes = Buffer.from(batch, 'hex');
  const recordCount = bytes.readInt32BE(57);
  const roomy = Buffer.concat([Buffer.alloc(600, 0xee), bytes, Buffer.alloc(16, 0xee)]);
  const inPlace = encodeProduceFrame(
    { ...rest, batch: { buffer: roomy, start: 600, end: 600 + bytes.length, recordCount } },
    correlationId,
    CLIENT_ID,
  );
  expect(inPlace.buffer).toBe(roomy.buffer); // no copy where there is room in front
  const tight = { buffer: bytes, start: 0, end: bytes.length, recordCount };
  expect(encodeProduceFrame({ ...rest, batch: tight }, correlationId, CLIENT_ID)).toEqual(inPlace);
  return inPlace;
}
