import { array, bytes, event, int, long, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';

const NS = 'io.millrace.governance';

export const StoredFrontier = record(
  `${NS}.StoredFrontier`,
  'Where the Merkle tree of one partition stands: enough to append, and to begin a verification here',
  {
    topic: string(),
    partition: int(),
    nextOffset: long('The tree is over the committed records below it'),
    frontier: bytes('Size and roots of the whole subtrees, as libs/ledger/README.md draws it'),
  },
);
export type StoredFrontier = Infer<typeof StoredFrontier>;

export const TreeHeadSigned = event(
  `${NS}.TreeHeadSigned`,
  'A signed statement about every record that the ledger covers, chained to the one before',
  {
    sequence: long('0 for the first head, then without a gap'),
    head: bytes('The signed head in its one form, as libs/ledger/README.md draws it'),
    newRecords: long('Records that no head before has covered'),
    trees: array(StoredFrontier, 'The trees that this head changed. Not signed: their roots are, in the head'),
  },
);
export type TreeHeadSigned = Infer<typeof TreeHeadSigned>;

export const RotateLedgerKey = record(`${NS}.RotateLedgerKey`, 'Command: sign tree heads with a new key from now on', {
  ledger: string('Name of the ledger; there is one, named ledger'),
  reason: string('Why, for people'),
});
export type RotateLedgerKey = Infer<typeof RotateLedgerKey>;

export const LedgerKeyRotated = event(
  `${NS}.LedgerKeyRotated`,
  'From the named head on, another key signs; the old key says so',
  {
    firstSequence: long('Sequence of the first head that the new key signs'),
    oldKeyId: string('Name of the key that is replaced'),
    newKeyId: string('Name of the key that replaces it'),
    newPublicKey: bytes('Ed25519, DER of the SubjectPublicKeyInfo (RFC 8410)'),
    signature: bytes('Ed25519 by the old key over the statement that libs/ledger/README.md draws'),
    reason: string('Why, for people'),
    by: string('Actor'),
  },
);
export type LedgerKeyRotated = Infer<typeof LedgerKeyRotated>;

export const LedgerRefused = refusal(`${NS}.LedgerRefused`, 'A command about the ledger was refused', {});
export type LedgerRefused = Infer<typeof LedgerRefused>;
