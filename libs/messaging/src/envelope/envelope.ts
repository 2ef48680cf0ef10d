/**
 * What stands in a record's headers beside the value: CloudEvents 1.0 attributes in Kafka's binary mode, and the ids
 * that join records to their cause. All of it is optional for outsiders.
 *
 *   ce_specversion  1.0
 *   ce_id           unique id of the event
 *   ce_source       who wrote it, a URI reference: /millrace/registry
 *   ce_type         full record name: io.millrace.registry.ReleaseActivated
 *   ce_time         RFC 3339, UTC
 *   content-type    application/avro
 *   correlation-id  the same for everything that one cause set off
 *   causation-id    ce_id of the record that this one answers
 *   traceparent     W3C Trace Context
 */
export interface Envelope {
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
}

/** Headers in the order written; the Kafka layer takes them as they are. */
export type HeaderList = [name: string, value: string][];

export function encodeEnvelope(envelope: Envelope): HeaderList {
  const headers: HeaderList = [['ce_specversion', '1.0']];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) headers.push([name, value]);
  };
  add('ce_id', envelope.id);
  add('ce_source', envelope.source);
  add('ce_type', envelope.type);
  add('ce_time', envelope.time === undefined ? undefined : new Date(envelope.time).toISOString());
  headers.push(['content-type', 'application/avro']);
  add('correlation-id', envelope.correlationId);
  add('causation-id', envelope.causationId);
  add('traceparent', envelope.traceparent);
  return headers;
}

/** Longest header value believed, bytes: longer ones are treated as absent. */
export const HEADER_MAX_BYTES = 1_024;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;
/** Characters that end or break a line in a log, and the rest of the C0 and C1 controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Reads headers. Never throws: a header that is malformed, too long or no text is as good as absent. */
export function decodeEnvelope(headers: ReadonlyMap<string, Buffer>): Envelope {
  const text = (name: string): string | undefined => headerText(headers.get(name));
  const time = timeOf(text('ce_time'));
  const traceparent = text('traceparent');
  return {
    ...present('id', text('ce_id')),
    ...present('source', text('ce_source')),
    ...present('type', text('ce_type')),
    ...present('time', time),
    ...present('correlationId', text('correlation-id')),
    ...present('causationId', text('causation-id')),
    ...present('traceparent', traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined),
  };
}

/** A header as text; `undefined` when absent, empty, too long, not UTF-8 or with control characters. */
export function headerText(value: Buffer | null | undefined): string | undefined {
  if (!value || value.length === 0 || value.length > HEADER_MAX_BYTES) return undefined;
  const text = value.toString('utf8');
  return CONTROLS.test(text) || text.includes('\ufffd') ? undefined : text;
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

const present = <K extends keyof Envelope>(key: K, value: Envelope[K]): Pick<Envelope, K> | object =>
  value === undefined ? {} : { [key]: value };
