import { AppError } from '@millrace/contracts';
import { checkSettings, placeOf } from './settings';

const SECRET = 'hunter2';
const refusal = (url: string, schema = 'registry') => {
  try {
    checkSettings({ url, schema });
  } catch (error) {
    return error instanceof AppError ? error : null;
  }
  return null;
};

describe('persistence/settings', () => {
  it.each([
    '',
    'not a url',
    `postgres://user:${SECRET}@`,
    `mysql://user:${SECRET}@host/db`,
    `postgres://user:${SECRET}@host:port/db`,
    `postgres://user:${SECRET}@host:5432/`,
    `postgres://user:${SECRET}/with-slash@host:5432/db`,
  ])('refuses %j without telling the password', (url) => {
    const error = refusal(url);
    expect(error?.code).toBe('DATABASE_URL_INVALID');
    expect(`${error?.stack}${JSON.stringify(error?.context)}${error?.cause}`).not.toContain(SECRET);
  });

  it.each(['', 'Registry', '1st', 'a-b', 'x"; DROP SCHEMA public', 'a'.repeat(51)])(
    'refuses the schema %j',
    (schema) => {
      expect(refusal('postgres://u:p@h/d', schema)?.code).toBe('DATABASE_SCHEMA_INVALID');
    },
  );

  it('takes both schemes, and names the place without the user', () => {
    expect(refusal(`postgres://u:${SECRET}@h:1/d`)).toBeNull();
    expect(refusal(`postgresql://u:${SECRET}@h/d?sslmode=disable`)).toBeNull();
    expect(placeOf(`postgresql://u:${SECRET}@h/d?sslmode=disable`)).toBe('h:5432/d');
  });
});
