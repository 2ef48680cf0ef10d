import { type Expectation, recordChecks } from '@millrace/contracts';
import { rule } from './domain-fixtures';
import { judgeRecord } from './judge-record';

const judge = (rules: Expectation[], record: Record<string, unknown>) => judgeRecord(recordChecks(rules), record);

describe('ingestion > domain > judgeRecord', () => {
  const warning = rule({ id: 'w', severity: 'WARNING', max: 100 });

  it('finds nothing where there is nothing', () => {
    expect(judge([rule(), warning], { delay: 5 })).toEqual({ broken: null, warnings: [] });
    expect(judge([], { delay: -1116 })).toEqual({ broken: null, warnings: [] });
  });

  it('names the first broken rule and its reason', () => {
    const judgement = judge([rule(), rule({ id: 'other', min: 0 })], { delay: -1116 });
    expect(judgement.broken).toEqual({ rule: 'delay-sane', reason: expect.stringContaining('-1116') });
  });

  it('counts warnings and accepts', () => {
    expect(judge([warning, rule()], { delay: 200 })).toEqual({ broken: null, warnings: ['w'] });
  });

  it('judges a field that is missing as null', () => {
    expect(judge([rule({ kind: 'NOT_NULL' })], {}).broken).toMatchObject({ rule: 'delay-sane' });
    expect(judge([rule()], { delay: null }).broken).toBeNull();
  });
});
