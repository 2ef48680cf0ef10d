import { evaluateClassification, evaluateRegression } from '@millrace/evaluation';
import { seededRandom } from '@millrace/testing';
import { QualityWindow, qualityFigures } from './quality-window';

const random = seededRandom(3);
const rows = Array.from({ length: 400 }, () => {
  const probability = random();
  return { label: random() < probability ? 1 : 0, probability };
});
const classifies = { field: 'probability', kind: 'CLASSIFICATION' } as const;

describe('monitoring > quality of a window', () => {
  it('has the figures of a classification, those without an answer aside', () => {
    const window = new QualityWindow(classifies);
    for (const { label, probability } of rows) window.add(label, { probability });
    window.add(1, null);
    const figures = qualityFigures(window.state());
    expect(figures).toMatchObject({ kind: 'CLASSIFICATION', examples: 401, scored: 400, confidence: 0.95 });
    const labels = rows.map(({ label }) => label);
    const probabilities = rows.map(({ probability }) => probability);
    const expected = evaluateClassification(labels, probabilities);
    for (const [name, { value, low, high }] of Object.entries(figures.estimates)) {
      expect(value).toBeCloseTo(expected[name] as number, 9);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    expect(Object.keys(figures.estimates)).toEqual(
      expect.arrayContaining(['auc', 'logLoss', 'calibrationError', 'f1']),
    );
  });

  it('does not depend on how rows are split and merged', () => {
    const whole = new QualityWindow(classifies);
    const halves = [new QualityWindow(classifies), new QualityWindow(classifies)] as const;
    rows.forEach(({ label, probability }, index) => {
      whole.add(label, { probability });
      halves[index % 2 === 0 ? 0 : 1].add(label, { probability });
    });
    const merged = QualityWindow.fromState(classifies, halves[1].state());
    merged.merge(halves[0].state());
    expect(JSON.stringify(merged.state())).toBe(JSON.stringify(whole.state()));
  });

  it('has the figures of a regression', () => {
    const window = new QualityWindow({ field: 'minutes', kind: 'REGRESSION' });
    const labels = rows.map(({ probability }) => 60 * probability);
    const predictions = labels.map((label, index) => label + (index % 7) - 3);
    labels.forEach((label, index) => {
      window.add(label, { minutes: predictions[index] });
    });
    const { kind, estimates } = qualityFigures(window.state());
    const { rmse, mae } = evaluateRegression(labels, predictions);
    expect(kind).toBe('REGRESSION');
    expect(estimates.rmse?.value).toBeCloseTo(rmse as number, 9);
    expect(estimates.mae?.value).toBeCloseTo(mae as number, 9);
  });

  it('counts examples of versions that have no output to judge', () => {
    const window = new QualityWindow(null);
    window.add(1, { text: 'late' });
    expect(qualityFigures(window.state())).toMatchObject({ kind: 'NONE', examples: 1, scored: 0, estimates: {} });
  });
});
