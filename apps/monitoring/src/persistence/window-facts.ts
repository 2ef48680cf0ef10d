import { QualityMeasured, WindowClosed, WindowCorrected } from '@millrace/contracts';
import { factRows } from '@millrace/service';
import { textOf } from '../domain/window-key';

type WindowFact = WindowClosed | WindowCorrected | QualityMeasured;

const FACTS = [WindowClosed, WindowCorrected, QualityMeasured];

/** What was told of windows, as the facts say it: for a rebuild. The key of a fact is the family of its window. */
export const windowFacts = [
  factRows<WindowFact>('window_reports', FACTS, ({ key: family, data }) => ({
    family: 'examples' in data ? `quality/${family}` : family,
    window_key: textOf({ ...data, time: data.time === 'SENT' ? 'SENT' : 'EVENT' }),
    rows: 'examples' in data ? data.examples : data.rows,
    corrections: 'correction' in data ? data.correction : 0,
    told_at: data.occurredAt,
  })),
  factRows<WindowFact>('window_families', FACTS, ({ key: family, data }) => ({
    family,
    version: data.aggregateVersion,
  })),
];
