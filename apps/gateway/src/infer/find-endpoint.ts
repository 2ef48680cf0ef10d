import { notFound, unavailable } from '../doors/problem';
import type { DirectoryEntry, EndpointDirectory } from './endpoint-directory';
import type { InferReadiness } from './infer-readiness';

/** The version that the endpoint serves, as text; null before the first release. */
export const liveVersion = ({ live }: DirectoryEntry): string | null => (live ? String(live.arms[0]!.version) : null);

/** Looks endpoints up for callers. */
export class FindEndpoint {
  constructor(
    private readonly directory: EndpointDirectory,
    private readonly readiness: Pick<InferReadiness, 'endpointsKnown'>,
  ) {}

  /**
   * @param version of the path; null = whatever is live
   * @throws Problem 404 that names what there is; 503 while the log of endpoints is still being read
   */
  entry(endpoint: string, version: string | null): DirectoryEntry {
    const entry = this.directory.find(endpoint);
    if (!entry) throw this.unknown(endpoint);
    const live = liveVersion(entry);
    if (version !== null && version !== live)
      throw notFound('version', `${version} of ${endpoint} that is live`, live === null ? [] : [live]);
    return entry;
  }

  private unknown(endpoint: string): Error {
    if (!this.readiness.endpointsKnown)
      return unavailable('STARTING', 'The gateway has just started and does not know all endpoints yet.');
    const names = this.directory.all().map((one) => one.endpoint);
    return notFound('endpoint', endpoint, names);
  }
}
