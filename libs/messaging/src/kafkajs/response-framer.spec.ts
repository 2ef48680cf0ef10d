import { randomOf } from '../../fuzz/random.cjs';
import { ResponseFramer, TlsAlert } from './response-framer';

const frame = (correlationId: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeInt32BE(payload.length + 4, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, payload]);
};

describe('messaging/kafkajs/response-framer', () => {
  it('gives the same frames however the stream is cut', () => {
    const random = randomOf(5);
    for (let round = 0; round < 300; round++) {
      const payloads = Array.from({ length: 1 + random.below(6) }, (_, i) =>
        Buffer.alloc(random.below(4) === 0 ? 0 : random.below(400), i),
      );
      const stream = Buffer.concat(payloads.map((payload, i) => frame(i, payload)));
      const framer = new ResponseFramer(1_000);
      const frames: string[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = 1 + random.below(random.below(2) === 0 ? 7 : 600);
        for (const found of framer.push(stream.subarray(at, at + size))) frames.push(found.toString('hex'));
        at += size;
      }
      expect(frames).toEqual(payloads.map((payload, i) => frame(i, payload).subarray(4).toString('hex')));
    }
  });

  it('hands out a view where a frame came in one chunk', () => {
    const chunk = frame(1, Buffer.from('abc'));
    const [found] = new ResponseFramer(1_000).push(chunk);
    expect(found.buffer).toBe(chunk.buffer);
  });

  it('knows an alert of TLS from a size, of any version and in any pieces', () => {
    for (const minor of [1, 3, 4]) {
      const alert = Buffer.from([0x15, 3, minor, 0, 2, 2, 80]);
      expect(() => new ResponseFramer(2 ** 28).push(alert)).toThrow(TlsAlert);
      const framer = new ResponseFramer(2 ** 28);
      expect(framer.push(alert.subarray(0, 3))).toEqual([]);
      expect(() => framer.push(alert.subarray(3))).toThrow(TlsAlert);
    }
    expect(() => new ResponseFramer(2 ** 28).push(Buffer.from([0x15, 4, 3, 0]))).toThrow(RangeError);
  });

  it.each([-1, -(2 ** 31), 0, 3, 1_001, 2 ** 31 - 1])('refuses a size of %d at once', (size) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(size);
    expect(() => new ResponseFramer(1_000).push(head)).toThrow(/4 to 1000 are accepted/);
  });
});
