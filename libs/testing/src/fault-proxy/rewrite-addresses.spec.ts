import { ApiKey } from './kafka-frame';
import { rewriteAddresses } from './rewrite-addresses';
import { responseFrame } from './toy-kafka';

const i16 = (n: number) => Buffer.from([n >> 8, n & 0xff]);
const i32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
};
const str = (text: string) => Buffer.concat([i16(text.length), Buffer.from(text)]);
const cstr = (text: string | null) =>
  text === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(text)]);
const none = Buffer.from([0xff, 0xff]);
const tags = Buffer.from([0]);
const oneTag = Buffer.from([1, 7, 2, 0xaa, 0xbb]);
const rest = Buffer.from('whatever follows stays');

const broker = { host: 'kafka-1.internal', port: 9092 };
const shown = { host: '127.0.0.1', port: 40_001 };

/** The same response with the broker's and with the proxy's address. */
const cases: [string, number, number, (address: typeof broker) => Buffer[]][] = [
  ['Metadata v0', ApiKey.Metadata, 0, ({ host, port }) => [i32(1), i32(0), str(host), i32(port), rest]],
  ['Metadata v1', ApiKey.Metadata, 1, ({ host, port }) => [i32(1), i32(0), str(host), i32(port), none, rest]],
  [
    'Metadata v6, two brokers',
    ApiKey.Metadata,
    6,
    ({ host, port }) => [
      i32(0),
      i32(2),
      i32(0),
      str(host),
      i32(port),
      str('rack'),
      i32(1),
      str(host),
      i32(port),
      none,
      rest,
    ],
  ],
  [
    'Metadata v12',
    ApiKey.Metadata,
    12,
    ({ host, port }) => [oneTag, i32(0), Buffer.from([2]), i32(0), cstr(host), i32(port), cstr(null), oneTag, rest],
  ],
  ['FindCoordinator v0', ApiKey.FindCoordinator, 0, ({ host, port }) => [i16(0), i32(0), str(host), i32(port)]],
  [
    'FindCoordinator v2',
    ApiKey.FindCoordinator,
    2,
    ({ host, port }) => [i32(0), i16(0), none, i32(0), str(host), i32(port)],
  ],
  [
    'FindCoordinator v3',
    ApiKey.FindCoordinator,
    3,
    ({ host, port }) => [tags, i32(0), i16(0), cstr('NONE'), i32(0), cstr(host), i32(port), tags],
  ],
  [
    'FindCoordinator v4',
    ApiKey.FindCoordinator,
    4,
    ({ host, port }) => [
      tags,
      i32(0),
      Buffer.from([2]),
      cstr('group'),
      i32(0),
      cstr(host),
      i32(port),
      i16(0),
      cstr(''),
      tags,
      tags,
    ],
  ],
  [
    'DescribeCluster v2',
    ApiKey.DescribeCluster,
    2,
    ({ host, port }) => [
      tags,
      i32(0),
      i16(0),
      cstr(null),
      Buffer.from([1]),
      cstr('cluster'),
      i32(0),
      Buffer.from([2]),
      i32(0),
      cstr(host),
      i32(port),
      cstr(null),
      Buffer.from([0]),
      tags,
      rest,
    ],
  ],
];

describe('testing/fault-proxy/rewrite-addresses', () => {
  it.each(cases)('%s: shows the proxy and leaves every other byte', async (_, apiKey, version, body) => {
    const seen: unknown[] = [];
    const rewritten = await rewriteAddresses(
      apiKey,
      version,
      responseFrame(7, Buffer.concat(body(broker))),
      async (address) => {
        seen.push(address);
        return shown;
      },
    );
    expect(rewritten).toEqual(responseFrame(7, Buffer.concat(body(shown))));
    expect(seen).toContainEqual(broker);
  });

  it('leaves "no coordinator yet" alone', async () => {
    const frame = responseFrame(7, Buffer.concat([i32(0), i16(15), none, i32(-1), str(''), i32(-1)]));
    expect(await rewriteAddresses(ApiKey.FindCoordinator, 2, frame, async () => shown)).toEqual(frame);
  });

  it('says which version it does not know', async () => {
    await expect(rewriteAddresses(ApiKey.Metadata, 14, responseFrame(7, rest), async () => shown)).rejects.toThrow(
      'API 3 v14',
    );
  });
});
