import { TAIL, TailRing } from './tail-ring';

const record = (offset: number, text: string | null) => {
  const buffer = Buffer.from(`..${text ?? ''}`);
  const [valueStart, valueEnd] = text === null ? [-1, -1] : [2, buffer.length];
  return { buffer, valueStart, valueEnd, offset, timestamp: offset };
};

describe('gateway > infer > TailRing', () => {
  it.each([0, 1, TAIL - 1, TAIL, TAIL + 1, 3 * TAIL, 3 * TAIL + 4])(
    'keeps the last records of %i, in order',
    (count) => {
      const ring = new TailRing();
      for (let offset = 0; offset < count; offset++) ring.add(record(offset, `value ${offset}`));
      const expected = Array.from({ length: Math.min(count, TAIL) }, (_, at) => Math.max(0, count - TAIL) + at);
      expect(ring.copies().map((one) => one.offset)).toEqual(expected);
      expect(ring.copies().map((one) => String(one.value))).toEqual(expected.map((offset) => `value ${offset}`));
    },
  );

  it('copies the bytes, and leaves a null value null', () => {
    const ring = new TailRing();
    const place = record(1, 'abc');
    ring.add(place);
    ring.add(record(2, null));
    const [copy, nothing] = ring.copies();
    place.buffer.fill(0);
    expect(String(copy!.value)).toBe('abc');
    expect(nothing!.value).toBeNull();
  });
});
