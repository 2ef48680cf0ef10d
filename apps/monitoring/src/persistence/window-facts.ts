import { WindowClosed, WindowCorrected } from '@millrace/contracts';
import { factRows } from '@millrace/service';
import { textOf } from '../domain/window-key';

const FACTS = [WindowClosed, WindowCorrected];

/** What was told of windows, as the facts say it: for a rebuild. The key of a fact is the family of its window. */
export const windowFacts = [
  factRows<WindowClosed | WindowCorrected>('window_reports', FACTS, ({ key: family, data }) => ({
    family,
    window_key: textOf({ ...data, time: data.time === 'SENT' ? 'SENT' : 'EVENT' }),
    rows: data.rows,
    corrections: 'correction' in data ? data.correction : 0,
    told_at: data.occurredAt,
  })),
  factRows<WindowClosed | WindowCorrected>('window_families', FACTS, ({ key: family, data }) => ({
    family,
    version: data.aggregateVersion,
  })),
];
