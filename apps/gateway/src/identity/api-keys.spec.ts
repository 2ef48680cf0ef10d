import { createHash } from 'node:crypto';
import { ApiKeys } from './api-keys';

const file = (roles: string[]) =>
  JSON.stringify({ keys: [{ actor: 'ann', keySha256: createHash('sha256').update('secret').digest('hex'), roles }] });

describe('gateway > identity > ApiKeys', () => {
  it('knows the actor of a key', () => {
    expect(ApiKeys.parse(file(['admin'])).actorOf('secret')).toEqual({ name: 'ann', roles: ['admin'] });
  });

  it.each(['', 'Secret', 'secret ', 'x'.repeat(10_000)])('knows nobody by %j', (key) => {
    expect(ApiKeys.parse(file(['admin'])).actorOf(key)).toBeNull();
  });

  it('refuses a file with an unknown role', () => {
    expect(() => ApiKeys.parse(file(['god']))).toThrow();
  });
});
