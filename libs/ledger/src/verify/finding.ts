import type { PartitionFault } from './check-partition';

export interface Finding {
  readonly code:
    | PartitionFault['code']
    | 'LEDGER_HEAD_REFUSED'
    | 'LEDGER_KEY_REFUSED'
    | 'LEDGER_CHAIN_BROKEN'
    | 'LEDGER_FORKED'
    | 'LEDGER_ROLLED_BACK'
    | 'LEDGER_NO_SOURCE'
    | 'LEDGER_TREE_NOT_SIGNED'
    | 'LEDGER_TRIMMED_EARLY';
  /** The head that does not hold, or that the records do not fit. */
  readonly sequence: number;
  /** The records in question: the first bad one lies in the offsets [from, to). Absent where a head itself is bad. */
  readonly position?: {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly to: number;
  };
  readonly why: string;
}
