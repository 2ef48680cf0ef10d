import type { AppError } from '@millrace/contracts';
import { frame, refuseHeaderFraming, schemaIdOf, writeFrame } from './framing';

const detailOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    const { code, context } = error as AppError;
    return { code, detail: context.detail };
  }
  return 'accepted';
};

describe('messaging/avro/framing', () => {
  it('writes 0x00, the id in big endian, the datum', () => {
    expect(frame(258, Buffer.from('abc')).toString('hex')).toBe('0000000102616263');
    const target = Buffer.alloc(8);
    expect(writeFrame(target, 2, 0xffffffff)).toBe(7);
    expect(target.toString('hex')).toBe('000000ffffffff00');
  });

  it('reads the id where the value lies', () => {
    expect(schemaIdOf(frame(7, Buffer.alloc(0)))).toBe(7);
    expect(schemaIdOf(Buffer.from('ffff0000000102aa', 'hex'), 2, 8)).toBe(258);
  });

  it.each([
    ['a tombstone', null, 'NO_VALUE'],
    ['nothing', '', 'NO_FRAME'],
    ['four bytes', '00000001', 'NO_FRAME'],
    ['JSON', Buffer.from('{"a":1}').toString('hex'), 'UNKNOWN_FRAMING'],
    ['framing version 1', `01${'ab'.repeat(16)}`, 'UNKNOWN_FRAMING'],
  ])('refuses %s', (_, hex, detail) => {
    const value = hex === null ? null : Buffer.from(hex, 'hex');
    expect(detailOf(() => schemaIdOf(value))).toEqual({ code: 'UNREADABLE', detail });
  });

  it('refuses a schema named by GUID in a header, and no other headers', () => {
    const guid = Buffer.concat([Buffer.from([1]), Buffer.alloc(16, 7)]);
    expect(detailOf(() => refuseHeaderFraming(new Map([['__value_schema_id', guid]])))).toEqual({
      code: 'UNREADABLE',
      detail: 'UNKNOWN_FRAMING',
    });
    expect(detailOf(() => refuseHeaderFraming(new Map([['ce_id', guid]])))).toBe('accepted');
  });
});
