import { WireReader } from './wire-reader';
import { WireWriter } from './wire-writer';

/** A body that was answered; every response of the APIs we speak carries the time we are asked to hold back (KIP-219). */
export interface Throttled {
  throttleTimeMs: number;
}

/** One request/response pair of the Kafka protocol at one version: the frame is drawn above each. */
export interface WireApi<Request, Response extends Throttled> {
  readonly key: number;
  readonly name: string;
  readonly version: number;
  /** 1 (a tag section after the correlation id) for all flexible versions except ApiVersions, which answers with 0. */
  readonly responseHeader: 0 | 1;
  encode(writer: WireWriter, request: Request): void;
  decode(reader: WireReader): Response;
}

/**
 * ```
 * request frame  = size i32 | api key i16 | version i16 | correlation id i32 | client id string | tags | body
 * response frame = size i32 | correlation id i32 | tags | body
 * ```
 * (request header v2 with its non-compact client id, response header v1)
 */
export function encodeRequestHeader(
  writer: WireWriter,
  api: { key: number; version: number },
  correlationId: number,
  clientId: string,
): void {
  writer.i32(0).i16(api.key).i16(api.version).i32(correlationId).string(clientId).noTags();
}

/** The whole request frame, size included. */
export function encodeRequest<Request, Response extends Throttled>(
  api: WireApi<Request, Response>,
  request: Request,
  correlationId: number,
  clientId: string,
): Buffer {
  const writer = new WireWriter();
  encodeRequestHeader(writer, api, correlationId, clientId);
  api.encode(writer, request);
  writer.i32At(0, writer.length - 4);
  return writer.finish();
}

/** Decodes the bytes after the correlation id. @throws KafkaError KAFKA_MALFORMED_RESPONSE */
export function decodeResponse<Request, Response extends Throttled>(
  api: WireApi<Request, Response>,
  payload: Buffer,
): Response {
  const reader = new WireReader(payload, api.name);
  if (api.responseHeader === 1) reader.tags();
  const response = api.decode(reader);
  reader.done();
  return response;
}
