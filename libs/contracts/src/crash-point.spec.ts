import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { crashPoint, parseCrashAt } from './crash-point';

describe('contracts/crash-point', () => {
  it('reads a name alone and a name with its passing', () => {
    expect(parseCrashAt(undefined)).toBeNull();
    expect(parseCrashAt('')).toBeNull();
    expect(parseCrashAt('outbox.before-commit')).toEqual({ name: 'outbox.before-commit', nth: 1 });
    expect(parseCrashAt('outbox.before-commit#3')).toEqual({ name: 'outbox.before-commit', nth: 3 });
  });

  it('refuses a passing that is no whole number from 1', () => {
    expect(() => parseCrashAt('a#0')).toThrow(/whole number/);
    expect(() => parseCrashAt('a#x')).toThrow(/whole number/);
  });

  it('does nothing when no crash is asked for', () => {
    expect(() => crashPoint('anything')).not.toThrow();
  });

  it('kills the process at the asked passing and at no other', () => {
    const source = transformFileSync(join(__dirname, 'crash-point.ts'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    }).code;
    const body = `${source}
      for (let i = 1; i <= 5; i++) { require('node:fs').writeSync(1, String(i)); crashPoint('b'); crashPoint('a'); }`;
    const child = spawnSync(process.execPath, ['-e', body], {
      env: { ...process.env, MILLRACE_CRASH_AT: 'a#3' },
      encoding: 'utf8',
    });
    expect(child.signal).toBe('SIGKILL');
    expect(child.stdout).toBe('123');
  });
});
