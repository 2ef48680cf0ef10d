import type { ViewBody } from './view';

interface Activation {
  readonly since: number;
}

/** A release view as of a moment: `live` is the last activation at or before it, null where nothing was live. Pure. */
export function liveAt(body: ViewBody, at: number): ViewBody {
  const history = (body.history as readonly Activation[] | undefined) ?? [];
  return { endpoint: body.endpoint, at, live: history.findLast((one) => one.since <= at) ?? null };
}
