import type { LedgerKeyRotated, LedgerRefused, TreeHeadSigned } from '@millrace/contracts';
import { decodeHead, type SignedTreeHead } from '@millrace/ledger';

/** The one ledger there is: the key of its facts and commands. */
export const LEDGER = 'ledger';

export interface Ledger {
  /** The last signed head in its one form, base64; null before the first. */
  readonly head: string | null;
  /** Null: the key that the installation was made with. */
  readonly keyId: string | null;
  /** Times that the key was replaced. */
  readonly rotations: number;
}

export type LedgerFact =
  | { readonly type: 'TreeHeadSigned'; readonly data: TreeHeadSigned }
  | { readonly type: 'LedgerKeyRotated'; readonly data: LedgerKeyRotated }
  | { readonly type: 'LedgerRefused'; readonly data: LedgerRefused };

export const noLedger = (): Ledger => ({ head: null, keyId: null, rotations: 0 });

/** The only writer of the state: also used by a rebuild from `governance.tree-heads.v1`. */
export function evolveLedger(ledger: Ledger, fact: LedgerFact): Ledger {
  if (fact.type === 'LedgerRefused') return ledger;
  if (fact.type === 'TreeHeadSigned') return { ...ledger, head: fact.data.head.toString('base64') };
  return { ...ledger, keyId: fact.data.newKeyId, rotations: ledger.rotations + 1 };
}

export const lastHead = ({ head }: Ledger): SignedTreeHead | undefined =>
  head === null ? undefined : decodeHead(Buffer.from(head, 'base64'));
