// Kafka clients connect to the address that a broker ADVERTISES, not to the one they were given, so a proxy is left
// behind unless it rewrites the addresses in three responses. Fields up to and including the addresses
// (https://github.com/apache/kafka/tree/4.3.1/clients/src/main/resources/common/message):
//
//   Metadata v0-v8           throttle i32 (v3+) | brokers i32 x [node i32, host str, port i32, rack nstr (v1+)]
//   Metadata v9-v13          tags | throttle i32 | brokers uvarint x [node i32, host cstr, port i32, rack cnstr, tags]
//   FindCoordinator v0       error i16 | node i32 | host str | port i32
//   FindCoordinator v1-v2    throttle i32 | error i16 | message nstr | node i32 | host str | port i32
//   FindCoordinator v3       tags | throttle i32 | error i16 | message cnstr | node i32 | host cstr | port i32
//   FindCoordinator v4-v6    tags | throttle i32 | uvarint x [key cstr, node i32, host cstr, port i32, error i16, message cnstr, tags]
//   DescribeCluster v0-v2    tags | throttle i32 | error i16 | message cnstr | endpoint_type i8 (v1+) | cluster cstr | controller i32
//                            | brokers uvarint x [broker i32, host cstr, port i32, rack cnstr, fenced bool (v2+), tags]
//
// str = i16 length + bytes, cstr = uvarint (length + 1) + bytes, n = nullable. The leading tags belong to the response header v1.
// Not rewritten: the new-leader hints that Produce v10+ and Fetch v16+ carry beside a NOT_LEADER error.
import { ApiKey } from './kafka-frame';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Gives the address that clients shall see in place of a broker's own. */
export type MapAddress = (advertised: Address) => Promise<Address>;

const HIGHEST_KNOWN: Readonly<Record<number, number>> = {
  [ApiKey.Metadata]: 13,
  [ApiKey.FindCoordinator]: 6,
  [ApiKey.DescribeCluster]: 2,
};

export function carriesAddresses(apiKey: number): boolean {
  return apiKey in HIGHEST_KNOWN;
}

/** Returns the frame with every broker address replaced; the size field is made to fit. Throws on versions it does not know. */
export async function rewriteAddresses(
  apiKey: number,
  apiVersion: number,
  frame: Buffer,
  mapAddress: MapAddress,
): Promise<Buffer> {
  if (apiVersion > HIGHEST_KNOWN[apiKey]) {
    throw new Error(
      `The fault proxy cannot rewrite API ${apiKey} v${apiVersion}: teach rewrite-addresses.ts this version (it knows up to v${HIGHEST_KNOWN[apiKey]}).`,
    );
  }
  const splicer = new AddressSplicer(frame, isFlexible(apiKey, apiVersion), mapAddress);
  if (apiKey === ApiKey.Metadata) await metadata(splicer, apiVersion);
  else if (apiKey === ApiKey.FindCoordinator) await findCoordinator(splicer, apiVersion);
  else await describeCluster(splicer, apiVersion);
  return splicer.finish();
}

function isFlexible(apiKey: number, version: number): boolean {
  if (apiKey === ApiKey.Metadata) return version >= 9;
  if (apiKey === ApiKey.FindCoordinator) return version >= 3;
  return true;
}

async function metadata(at: AddressSplicer, version: number): Promise<void> {
  at.headerTags();
  if (version >= 3) at.skip(4);
  for (let left = at.arrayLength(); left > 0; left--) {
    at.skip(4);
    await at.address();
    if (version >= 1) at.string();
    at.tags();
  }
}

async function findCoordinator(at: AddressSplicer, version: number): Promise<void> {
  at.headerTags();
  if (version >= 1) at.skip(4);
  if (version < 4) {
    at.skip(2);
    if (version >= 1) at.string();
    at.skip(4);
    await at.address();
    return;
  }
  for (let left = at.arrayLength(); left > 0; left--) {
    at.string();
    at.skip(4);
    await at.address();
    at.skip(2);
    at.string();
    at.tags();
  }
}

async function describeCluster(at: AddressSplicer, version: number): Promise<void> {
  at.headerTags();
  at.skip(4 + 2);
  at.string();
  if (version >= 1) at.skip(1);
  at.string();
  at.skip(4);
  for (let left = at.arrayLength(); left > 0; left--) {
    at.skip(4);
    await at.address();
    at.string();
    if (version >= 2) at.skip(1);
    at.tags();
  }
}

/** Walks a response, copying everything but the addresses. */
class AddressSplicer {
  private position = 8; // size and correlation id
  private copied = 4; // the size field is written at the end
  private readonly out: Buffer[] = [];

  constructor(
    private readonly frame: Buffer,
    private readonly flexible: boolean,
    private readonly mapAddress: MapAddress,
  ) {}

  skip(bytes: number): void {
    this.position += bytes;
  }

  headerTags(): void {
    this.tags();
  }

  tags(): void {
    if (!this.flexible) return;
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }

  arrayLength(): number {
    if (this.flexible) return this.uvarint() - 1;
    this.position += 4;
    return this.frame.readInt32BE(this.position - 4);
  }

  string(): string | null {
    let length: number;
    if (this.flexible) length = this.uvarint() - 1;
    else {
      length = this.frame.readInt16BE(this.position);
      this.position += 2;
    }
    if (length < 0) return null;
    this.position += length;
    return this.frame.toString('utf8', this.position - length, this.position);
  }

  async address(): Promise<void> {
    const start = this.position;
    const host = this.string();
    const port = this.frame.readInt32BE(this.position);
    this.position += 4;
    // "No coordinator yet" comes as an empty host and port -1: nothing to replace.
    if (!host || port <= 0) return;
    const shown = await this.mapAddress({ host, port });
    this.out.push(this.frame.subarray(this.copied, start), this.encoded(shown));
    this.copied = this.position;
  }

  finish(): Buffer {
    const body = Buffer.concat([...this.out, this.frame.subarray(this.copied)]);
    const size = Buffer.alloc(4);
    size.writeInt32BE(body.length);
    return Buffer.concat([size, body]);
  }

  private encoded({ host, port }: Address): Buffer {
    const name = Buffer.from(host, 'utf8');
    if (this.flexible && name.length > 126) throw new Error('The proxy address must be shorter than 127 bytes.');
    const head = Buffer.alloc(this.flexible ? 1 : 2);
    if (this.flexible) head.writeUInt8(name.length + 1);
    else head.writeInt16BE(name.length);
    const tail = Buffer.alloc(4);
    tail.writeInt32BE(port);
    return Buffer.concat([head, name, tail]);
  }

  private uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.frame.readUInt8(this.position++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('A varint in a broker response is longer than five bytes.');
  }
}
