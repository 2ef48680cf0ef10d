import { breachOf, type Invariant } from '../violation';

const breach = breachOf('I09');

/** Every table of state and every projection is what its log gives when it is folded anew. */
export const tablesEqualTheLog: Invariant = function* (history) {
  for (const { service, table, stored, rebuilt } of history.tables ?? [])
    if (stored !== rebuilt)
      yield breach({ id: `${service}.${table}` }, `holds ${stored}, its log folded anew gives ${rebuilt}`);
};
