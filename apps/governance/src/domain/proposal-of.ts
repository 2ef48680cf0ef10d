import { type ReleaseProposed, releaseBinding } from '@millrace/contracts';
import type { Proposal } from './approval';

/** @returns null for what nobody is asked about: a roll back, and what was proposed before approvals existed. */
export function proposalOf(proposed: ReleaseProposed): Proposal | null {
  const { kind, release, endpoint, model, version, digest, major, strategy, proposedBy } = proposed;
  if (kind !== 'FORWARD' || strategy === '') return null;
  const binding = releaseBinding({ endpoint, major, digest, strategy });
  return { release, endpoint, model, version, digest, major, strategy, binding, proposedBy };
}
