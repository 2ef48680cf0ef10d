import type { Context } from '../platform/context';
import { CliError } from '../terminal/cli-error';
import { listAll, type Row, untilThere } from './look-up';

/** What a release lacks, and what to do about it. */
export interface Missing {
  readonly code: string;
  readonly what: string;
  readonly next: string;
}

export type Followed =
  | { readonly live: Row }
  /** It waits; `approval` is the gateway's view of it. */
  | { readonly missing: readonly Missing[]; readonly approval: Row };

/** Evidence that the platform itself brings within moments: it is worth a short wait. */
const COMES_BY_ITSELF: ReadonlySet<string> = new Set(['VERSION', 'VERDICT']);
const PATIENCE_MS = 10_000;

/** Follows a release until it is live, or until it is clear what it waits for. @throws CliError when it is denied, rejected or refused. */
export function followRelease(context: Context, endpoint: string, release: string): Promise<Followed> {
  const patient = Date.now() + PATIENCE_MS;
  return untilThere(() => lookAt(context, endpoint, release, patient), `The decision about ${endpoint}`, 60_000);
}

async function lookAt(context: Context, endpoint: string, release: string, patient: number): Promise<Followed | null> {
  const releases = (await listAll(context, 'release')).find((row) => row.endpoint === endpoint);
  const live = releases?.live as Row | null | undefined;
  if (live?.release === release) return { live };
  const refused = releases?.lastRefusal as Row | undefined;
  if (refused?.release === release)
    throw new CliError(`${refused.reason} (${refused.reasonCode})`, 1, String(refused.reasonCode));
  const approval = (await listAll(context, 'approval')).find((row) => row.release === release);
  if (approval?.status !== 'WAITING') return null;
  const missing = approval.missing as Missing[];
  return missing.every(({ code }) => COMES_BY_ITSELF.has(code)) && Date.now() < patient ? null : { missing, approval };
}
