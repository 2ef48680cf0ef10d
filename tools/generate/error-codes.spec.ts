import path from 'node:path';
import { BROKER_CODE, ERROR_CODES, errorCode } from '@millrace/contracts';
import { codesIn, codesInSources } from './parts/codes-in-sources.cjs';

const ROOT = path.resolve(__dirname, '..', '..');
/** The gateway makes these from the kind that was asked for. */
const MADE_FROM_KIND =
  /^UNKNOWN_(?:SOURCE|DATASET|VERDICT|EXPECTATIONS|RUN|MODEL|ENDPOINT|QUARANTINE|RISK|POLICY|APPROVAL)$/;

describe('generate/error-codes', () => {
  const used = codesInSources(ROOT);

  it('lists every code that some source uses', () => {
    const unlisted = [...used].filter(([code]) => !errorCode(code) && !BROKER_CODE.test(code));
    expect(unlisted.map(([code, files]) => `${code} in ${[...files].join(', ')}`)).toEqual([]);
    expect(used.size).toBeGreaterThan(100);
  });

  it('lists no code that nobody uses', () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !used.has(code) && !MADE_FROM_KIND.test(code))).toEqual([]);
  });

  it('says of each code why and what to do', () => {
    for (const { places, cause, fix } of Object.values(ERROR_CODES)) {
      expect(new Set(places).size).toBe(places.length);
      expect(cause).toMatch(/^\S.{10,}[^.]$/);
      expect(fix).toMatch(/^\S.{3,}[^.]$/);
    }
  });

  it.each([
    ["throw new AppError({ code: 'A_B', message: 'x' })", ['A_B']],
    ["return { code: late ? 'C_D' : 'E_F' }", ['C_D', 'E_F']],
    ["throw new UndecodableError('G_H', 'DETAIL_NOT_CODE', 'text')", ['G_H']],
    ["throw new Problem(409, 'I_J', 'text')", ['I_J']],
    ["this.refuse('REJECTED', 'K_L')", ['K_L']],
    ["type XErrorCode = 'M_N' | 'O_P';", ['M_N', 'O_P']],
    [`const text = \`Q_R:\${field}\`;`, ['Q_R']],
    ["throw notFound('endpoint', name)", ['UNKNOWN_ENDPOINT']],
    ["const kind = 'NOT_NULL'; say('S_T')", []],
  ])('finds codes in %s', (text, codes) => {
    expect([...codesIn('x.ts', text, new Set(['REJECTED']))].sort()).toEqual(codes);
  });
});
