import { attachNotice } from './attach-notice';
import { classifyModel } from './classify-model';
import { at } from './domain-fixtures';
import { evolveRisk, noRisk, type RiskFact } from './risk';

const command = { model: 'm', riskClass: 'HIGH' as const, reasons: ['it decides about loans'], purpose: 'loans' };
const after = (facts: readonly RiskFact[], risk = noRisk()) => facts.reduce(evolveRisk, risk);

describe('governance > domain > classifyModel', () => {
  it('sets the class with reasons and purpose, and sets it again', () => {
    const first = classifyModel(command, at(0));
    expect(first).toMatchObject([{ type: 'ModelClassified', data: { aggregateVersion: 1, by: 'ann', ...command } }]);
    const second = classifyModel({ ...command, riskClass: 'MINIMAL' }, at(1));
    expect(after(second, after(first))).toEqual({
      riskClass: 'MINIMAL',
      reasons: command.reasons,
      purpose: 'loans',
      notice: '',
    });
  });

  it.each([
    ['a name that is none', { model: 'A b' }, 'BAD_NAME'],
    ['no class', { riskClass: 'UNKNOWN' as const }, 'BAD_RISK_CLASS'],
    ['no reasons', { reasons: [] }, 'BAD_REASONS'],
    ['a blank reason', { reasons: ['ok', ' \t'] }, 'BAD_REASONS'],
    ['a reason without end', { reasons: ['x'.repeat(2_001)] }, 'BAD_REASONS'],
    ['21 reasons', { reasons: Array.from({ length: 21 }, () => 'x') }, 'BAD_REASONS'],
    ['a purpose without end', { purpose: 'x'.repeat(2_001) }, 'BAD_REASONS'],
  ])('refuses %s and changes nothing', (_, change, reasonCode) => {
    const facts = classifyModel({ ...command, ...change }, at(4, 'ann', 'c'));
    expect(facts).toMatchObject([
      {
        type: 'ClassificationRefused',
        data: { reasonCode, commandId: 'c', aggregateVersion: 5, command: 'io.millrace.governance.ClassifyModel' },
      },
    ]);
    expect(after(facts)).toEqual(noRisk());
  });
});

describe('governance > domain > attachNotice', () => {
  it('keeps the newest notice beside the class', () => {
    const risk = after([
      ...classifyModel(command, at(0)),
      ...attachNotice({ model: 'm', notice: 'old' }, at(1)),
      ...attachNotice({ model: 'm', notice: 'A machine decides.' }, at(2)),
    ]);
    expect(risk).toMatchObject({ riskClass: 'HIGH', notice: 'A machine decides.' });
    const again = after(classifyModel({ ...command, riskClass: 'LIMITED' }, at(3)), risk);
    expect(again).toMatchObject({ riskClass: 'LIMITED', notice: 'A machine decides.' });
  });

  it.each([
    ['a name that is none', { model: '' }, 'BAD_NAME'],
    ['a blank notice', { notice: '\n' }, 'BAD_NOTICE'],
    ['a notice without end', { notice: 'x'.repeat(10_001) }, 'BAD_NOTICE'],
  ])('refuses %s', (_, change, reasonCode) => {
    const facts = attachNotice({ model: 'm', notice: 'text', ...change }, at(0));
    expect(facts).toMatchObject([{ type: 'ClassificationRefused', data: { reasonCode } }]);
    expect(after(facts)).toEqual(noRisk());
  });
});
