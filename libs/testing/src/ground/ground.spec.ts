import { eventually } from './eventually';
import { testGround } from './test-ground';

describe('testing/ground', () => {
  it('eventually: repeats until it holds, or throws the last error', async () => {
    let tries = 0;
    expect(
      await eventually(
        () => {
          tries += 1;
          if (tries < 3) throw new Error('not yet');
          return tries;
        },
        { everyMs: 1 },
      ),
    ).toBe(3);
    await expect(
      eventually(() => Promise.reject(new Error(`try ${tries++}`)), { timeoutMs: 20, everyMs: 5 }),
    ).rejects.toThrow(/^try \d+$/);
    expect(tries).toBeGreaterThan(4);
  });

  it('testGround: says what to do outside of the integration project', () => {
    const { MILLRACE_TEST_KAFKA } = process.env;
    delete process.env.MILLRACE_TEST_KAFKA;
    expect(() => testGround()).toThrow('*.int.spec.ts');
    if (MILLRACE_TEST_KAFKA) process.env.MILLRACE_TEST_KAFKA = MILLRACE_TEST_KAFKA;
  });
});
