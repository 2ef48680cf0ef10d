import { QualityMeasured, sampleOf } from '@millrace/contracts';
import { watchQuality } from './watch-quality';

const rules = { auc: 0.05, logLoss: 0.05, calibration: 0.05, rmse: 0.1 };
const near = (value: number, reach = 0.01) => ({ value, low: value - reach, high: value + reach });
const measured = (more: Partial<QualityMeasured> = {}): QualityMeasured => ({
  ...sampleOf(QualityMeasured),
  endpoint: 'late',
  major: 1,
  time: 'EVENT',
  slice: null,
  scored: 1_000,
  estimates: {},
  holdOut: { auc: 0.75, logLoss: 0.5, rmse: 10 },
  ...more,
});
const breaches = (estimates: QualityMeasured['estimates']) =>
  watchQuality(measured({ estimates }), 'id', rules).map(({ about, observation }) => [about.rule, observation.breach]);

describe('monitoring > rules on quality', () => {
  it('holds each metric against the hold-out set, and says nothing where the interval reaches both sides', () => {
    expect(breaches({ auc: near(0.7), logLoss: near(0.55), rmse: near(11) })).toEqual([
      ['AUC', false],
      ['LOG_LOSS', false],
      ['ERROR', false],
    ]);
    expect(breaches({ auc: near(0.68), logLoss: near(0.57), rmse: near(11.5) })).toEqual([
      ['AUC', true],
      ['LOG_LOSS', true],
      ['ERROR', true],
    ]);
    expect(breaches({ auc: near(0.6, 0.2), logLoss: near(0.7, 0.2), rmse: near(15, 5) })).toEqual([
      ['AUC', null],
      ['LOG_LOSS', null],
      ['ERROR', null],
    ]);
  });

  it('breaks calibration when what was said and what came are apart', () => {
    expect(breaches({ meanProbability: near(0.2, 0.001), positiveRate: near(0.26) })).toEqual([['CALIBRATION', true]]);
    expect(breaches({ meanProbability: near(0.2, 0.001), positiveRate: near(0.24) })).toEqual([['CALIBRATION', false]]);
    expect(breaches({ meanProbability: near(0.2, 0.001), positiveRate: near(0.3, 0.2) })).toEqual([
      ['CALIBRATION', null],
    ]);
    const [only] = watchQuality(
      measured({ estimates: { meanProbability: near(0.2, 0.001), positiveRate: near(0.26) } }),
      'id',
      rules,
    );
    expect(only?.about.alert).toBe('late.v1/CALIBRATION/probability');
    expect(only?.observation.window.statement).toBe(
      'label 1 came in 26.0 % of 1000 examples, and the mean probability was 20.0 %',
    );
  });

  it('says nothing of few examples and of what the hold-out set does not know', () => {
    const estimates = { auc: near(0.1), logLoss: near(5) };
    expect(watchQuality(measured({ estimates, scored: 49 }), 'id', rules)).toEqual([]);
    expect(watchQuality(measured({ estimates, holdOut: {} }), 'id', rules)).toEqual([]);
  });
});
