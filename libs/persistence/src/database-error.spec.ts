import { AppError, InfrastructureError, TransientError } from '@millrace/contracts';
import { QueryFailedError } from 'typeorm';
import { asDatabaseError, isUniqueViolation } from './database-error';

const withCode = (code: string, message = 'words', more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });
const named = (name: string) => Object.assign(new Error('words'), { name });

describe('persistence/database-error', () => {
  it.each<[string, Error, Function, string]>([
    ['connection refused', withCode('ECONNREFUSED'), InfrastructureError, 'DATABASE_AWAY'],
    ['refused on every address', new AggregateError([withCode('ECONNREFUSED')]), InfrastructureError, 'DATABASE_AWAY'],
    ['broken pipe', withCode('EPIPE'), InfrastructureError, 'DATABASE_AWAY'],
    ['terminated', new Error('Connection terminated unexpectedly'), InfrastructureError, 'DATABASE_AWAY'],
    ['no answer', new Error('Query read timeout'), InfrastructureError, 'DATABASE_AWAY'],
    ['connection died inside TypeORM', named('QueryRunnerAlreadyReleasedError'), InfrastructureError, 'DATABASE_AWAY'],
    ['shut down by the administrator', withCode('57P01'), InfrastructureError, 'DATABASE_AWAY'],
    ['starting up', withCode('57P03'), InfrastructureError, 'DATABASE_AWAY'],
    ['too many connections', withCode('53300'), InfrastructureError, 'DATABASE_AWAY'],
    ['disk full', withCode('53100'), InfrastructureError, 'DATABASE_AWAY'],
    ['read-only after a failover', withCode('25006'), InfrastructureError, 'DATABASE_AWAY'],
    ['pool', new Error('timeout exceeded when trying to connect'), InfrastructureError, 'DATABASE_NO_CONNECTION'],
    ['wrong password', withCode('28P01'), InfrastructureError, 'DATABASE_LOGIN_REFUSED'],
    ['no such database', withCode('3D000'), InfrastructureError, 'DATABASE_MISSING'],
    ['serialization failure', withCode('40001'), TransientError, 'DATABASE_CONFLICT'],
    ['deadlock', withCode('40P01'), TransientError, 'DATABASE_CONFLICT'],
    ['lock timeout', withCode('55P03'), TransientError, 'DATABASE_TIMEOUT'],
    ['statement timeout', withCode('57014'), TransientError, 'DATABASE_TIMEOUT'],
    ['unique violation', withCode('23505'), AppError, 'DATABASE_REFUSED'],
    ['syntax', withCode('42601'), AppError, 'DATABASE_REFUSED'],
    ['foreign table', withCode('42501'), AppError, 'DATABASE_FORBIDDEN'],
  ])('%s', (_, raw, kind, code) => {
    for (const error of [raw, new QueryFailedError('SELECT $1', ['a secret'], raw)]) {
      const known = asDatabaseError(error, 'here');
      expect(known).toBeInstanceOf(kind);
      expect(known).toMatchObject({ code, retriable: kind !== AppError });
    }
  });

  it('keeps parameters and details out of message, context and cause', () => {
    const raw = withCode('23505', 'duplicate key', {
      detail: 'Key (name)=(a secret)',
      constraint: 'name_once',
      table: 't',
    });
    const known = asDatabaseError(new QueryFailedError('INSERT $1', ['a secret'], raw), 'here');
    expect(known).toMatchObject({ context: { sqlState: '23505', constraint: 'name_once', table: 't', place: 'here' } });
    const { cause } = known as AppError;
    expect(JSON.stringify([known, Object.entries(cause as object), String(cause)])).not.toContain('a secret');
  });

  it('leaves other errors as they are', () => {
    const other = new TypeError('x is not a function');
    expect(asDatabaseError(other, 'here')).toBe(other);
    const own = new AppError({ code: 'OWN', message: 'm', retriable: false });
    expect(asDatabaseError(own, 'here')).toBe(own);
  });

  it('knows a broken unique constraint, raw and classified', () => {
    const raw = withCode('23505', 'dup', { constraint: 'name_once' });
    for (const error of [raw, new QueryFailedError('q', [], raw), asDatabaseError(raw, 'here')]) {
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, 'name_once')).toBe(true);
      expect(isUniqueViolation(error, 'other')).toBe(false);
    }
    expect(isUniqueViolation(withCode('23503'))).toBe(false);
  });
});
