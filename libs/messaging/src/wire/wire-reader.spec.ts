import { WireReader } from './wire-reader';
import { WireWriter } from './wire-writer';

const reader = (...bytes: number[]) => new WireReader(Buffer.from(bytes), 'Test');

describe('messaging/wire/wire-reader', () => {
  it('reads back what the writer wrote', () => {
    const writer = new WireWriter(1);
    writer
      .i8(-1)
      .bool(true)
      .i16(-2)
      .i32(-3)
      .i64(-(2 ** 53) + 1)
      .i64(2n ** 62n)
      .uvarint(2 ** 32 - 1);
    writer
      .compactString('Größe')
      .compactNullableString(null)
      .compactArray([7, 8], (w, value) => w.i32(value))
      .noTags();
    const read = new WireReader(writer.finish(), 'Test');
    expect([read.i8(), read.bool(), read.i16(), read.i32(), read.i64()]).toEqual([-1, true, -2, -3, -(2 ** 53) + 1]);
    expect([read.i64big(), read.uvarint(), read.compactString(), read.compactNullableString()]).toEqual([
      2n ** 62n,
      2 ** 32 - 1,
      'Größe',
      null,
    ]);
    expect(read.compactArray(4, (r) => r.i32())).toEqual([7, 8]);
    read.tags();
    expect(() => read.done()).not.toThrow();
  });

  it('writes strings of request headers with a length of two bytes', () => {
    expect(new WireWriter(1).string('ab').finish()).toEqual(Buffer.from([0, 2, 0x61, 0x62]));
  });

  it('hands known tagged fields out and steps over the others', () => {
    const seen: [number, number][] = [];
    const read = reader(2, 5, 1, 0xaa, 9, 2, 0xbb, 0xcc, 0x77);
    read.tags((tag, value) => seen.push([tag, value.left]));
    expect(seen).toEqual([
      [5, 1],
      [9, 2],
    ]);
    expect(read.i8()).toBe(0x77);
  });

  it.each<[string, () => unknown]>([
    ['a number beyond the end', () => reader(1, 2, 3).i32()],
    ['an offset beyond 2^53', () => reader(0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).i64()],
    ['a varint of six bytes', () => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x01).uvarint()],
    ['a varint beyond 32 bits', () => reader(0xff, 0xff, 0xff, 0xff, 0x7f).uvarint()],
    ['a string longer than the bytes left', () => reader(9, 0x61).compactString()],
    ['null for a required string', () => reader(0).compactString()],
    ['null for a required array', () => reader(0).compactArray(1, (r) => r.i8())],
    ['4 billion elements', () => reader(0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2).compactArray(1, (r) => r.i8())],
    ['elements whose least size does not fit', () => reader(4, 1, 2, 3, 4, 5).compactArray(2, (r) => r.i8())],
    ['4 billion tags', () => reader(0xff, 0xff, 0xff, 0xff, 0x0f).tags()],
    ['a tag longer than the bytes left', () => reader(1, 0, 5, 1).tags()],
    ['a tag that reads beyond itself', () => reader(1, 0, 1, 1, 9, 9, 9).tags((_tag, value) => value.i32())],
    ['bytes to spare', () => reader(1).done()],
  ])('refuses %s', (_name, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'KAFKA_MALFORMED_RESPONSE', retriable: true }));
  });
});
