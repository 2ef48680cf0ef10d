import { type Refusal, refusal } from '@millrace/contracts';
import type { Approval } from './approval';

/** Why there is nothing to approve or reject. */
export function whyNotWaiting({ status }: Approval, release: string): Refusal | null {
  if (status === 'WAITING') return null;
  if (status === 'ABSENT')
    return refusal(
      'UNKNOWN_APPROVAL',
      `No release ${release} was proposed: millrace approval list names those that wait.`,
    );
  return refusal(
    'NOT_WAITING',
    `The release ${release} is ${status}, and stays so: millrace release propose asks anew.`,
  );
}
