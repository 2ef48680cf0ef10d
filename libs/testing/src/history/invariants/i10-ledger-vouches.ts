import type { HistoryRecord, Ledger } from '../history';
import { nameOf } from '../log-index';
import { breachOf, type Invariant } from '../violation';

const breach = breachOf('I10');

/** The chain of signed tree heads verifies, and after everything came to rest covers every committed record of its topics. */
export const ledgerVouches: Invariant = function* ({ ledger, logs }) {
  if (!ledger) return;
  for (const finding of ledger.findings) yield breach(null, finding);
  for (const { topic, committed } of logs) {
    if (!ledger.topics.includes(topic)) continue;
    const bare = committed.find((record) => !isCovered(record, ledger));
    if (bare) yield breach(bare, `no signed tree head covers ${nameOf(bare)}`);
  }
};

const isCovered = ({ topic, partition, offset }: HistoryRecord, { covered }: Ledger): boolean =>
  offset < (covered.get(`${topic}/${partition}`) ?? 0);
