import { rule } from './domain-fixtures';
import { judgeRecord } from './judge-record';

describe('ingestion > domain > judgeRecord', () => {
  const warning = rule({ id: 'w', severity: 'WARNING', max: 100 });

  it('finds nothing where there is nothing', () => {
    expect(judgeRecord([rule(), warning], { delay: 5 })).toEqual({ broken: null, warnings: [] });
    expect(judgeRecord([], { delay: -1116 })).toEqual({ broken: null, warnings: [] });
  });

  it('names the first broken rule and its reason', () => {
    const judgement = judgeRecord([rule(), rule({ id: 'other', min: 0 })], { delay: -1116 });
    expect(judgement.broken).toEqual({ rule: 'delay-sane', reason: expect.stringContaining('-1116') });
  });

  it('counts warnings and accepts', () => {
    expect(judgeRecord([warning, rule()], { delay: 200 })).toEqual({ broken: null, warnings: ['w'] });
  });

  it('judges a field that is missing as null', () => {
    expect(judgeRecord([rule({ kind: 'NOT_NULL' })], {}).broken).toMatchObject({ rule: 'delay-sane' });
    expect(judgeRecord([rule()], { delay: null }).broken).toBeNull();
  });
});
