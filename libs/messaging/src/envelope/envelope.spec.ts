import { decodeEnvelope, encodeEnvelope, HEADER_MAX_BYTES, headerText } from './envelope';

const asRead = (headers: [string, string | Buffer][]) =>
  new Map(headers.map(([name, value]) => [name, Buffer.from(value as string)]));

describe('messaging/envelope/envelope', () => {
  const full = {
    id: '0d8f3f4e-7c1b-5a55-9c64-0c9a4d6f0001',
    source: '/millrace/registry',
    type: 'io.millrace.registry.ReleaseActivated',
    time: 1_700_000_000_123,
    correlationId: 'c-1',
    causationId: 'k-1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };

  it('gives back what it wrote', () => expect(decodeEnvelope(asRead(encodeEnvelope(full)))).toEqual(full));

  it("writes the names of CloudEvents' Kafka binding", () => {
    expect(encodeEnvelope({ id: 'x', time: 0 })).toEqual([
      ['ce_specversion', '1.0'],
      ['ce_id', 'x'],
      ['ce_time', '1970-01-01T00:00:00.000Z'],
      ['content-type', 'application/avro'],
    ]);
  });

  it('reads a record without headers', () => expect(decodeEnvelope(new Map())).toEqual({}));

  it.each<[string, string | Buffer]>([
    ['ce_id', ''],
    ['ce_id', Buffer.from([0xff, 0xfe])],
    ['ce_id', 'a\nb'],
    ['ce_id', 'x'.repeat(HEADER_MAX_BYTES + 1)],
    ['ce_time', 'yesterday'],
    ['traceparent', 'not a trace'],
  ])('a malformed %s is as good as absent', (name, value) => {
    expect(decodeEnvelope(asRead([[name, value]]))).toEqual({});
  });

  it('reads a header as text', () => {
    expect(headerText(Buffer.from('Zürich'))).toBe('Zürich');
    expect(headerText(null)).toBeUndefined();
  });
});
