import { type DecisionContext, RotateLedgerKey, refusal, refusalOf, stamp } from '@millrace/contracts';
import { type HeadSigner, signRotation } from '@millrace/ledger';
import { LEDGER, type Ledger, type LedgerFact, lastHead } from './ledger';

export interface NewKey {
  readonly keyId: string;
  /** Ed25519, DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
}

/** The old key says which one comes next, and from which head on. */
export function rotateLedgerKey(
  ledger: Ledger,
  { ledger: name, reason }: RotateLedgerKey,
  installation: string,
  signer: HeadSigner,
  next: NewKey,
  context: DecisionContext,
): LedgerFact[] {
  if (name !== LEDGER) {
    const why = refusal('BAD_NAME', `There is one ledger, ${LEDGER}: "${name}" has no key.`);
    return [{ type: 'LedgerRefused', data: refusalOf(context, RotateLedgerKey.fullName, why) }];
  }
  const last = lastHead(ledger);
  const rotation = signRotation(
    {
      installation,
      firstSequence: last === undefined ? 0 : last.sequence + 1,
      oldKeyId: signer.keyId,
      newKeyId: next.keyId,
      newPublicKey: next.publicKey,
    },
    signer,
  );
  const { firstSequence, oldKeyId, newKeyId, newPublicKey, signature } = rotation;
  return [
    {
      type: 'LedgerKeyRotated',
      data: {
        ...stamp(context),
        firstSequence,
        oldKeyId,
        newKeyId,
        newPublicKey,
        signature,
        reason,
        by: context.actor,
      },
    },
  ];
}
