import { type DecisionContext, type MissingPiece, type Refusal, refusal, refusalOf } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import type { ReleaseFact } from './release';

/** Which release is refused, and the full record name of the command that asked for it. */
export interface Refused {
  readonly release: string;
  readonly command: string;
  readonly missing?: readonly MissingPiece[];
}

/** The release is named by the command that asked for it, which may be long past when the refusal comes. */
export function refuseRelease(
  endpoint: string,
  why: Refusal,
  { release, command, missing = [] }: Refused,
  context: DecisionContext,
): ReleaseFact[] {
  const data = {
    ...refusalOf({ ...context, causeId: release }, command, why),
    endpoint,
    release,
    missing: [...missing],
  };
  return [{ type: 'ReleaseRefused', data }];
}

/** Why an endpoint that is not live serves nothing. */
export function unservable(endpoint: string, status: Endpoint['status']): Refusal {
  return status === 'ABSENT'
    ? refusal(
        'UNKNOWN_ENDPOINT',
        `There is no endpoint ${endpoint}: make it with millrace endpoint create ${endpoint} --from <model>:<version>.`,
      )
    : refusal('ENDPOINT_RETIRED', `${endpoint} is retired and serves no more.`);
}
