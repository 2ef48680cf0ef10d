import type { RetrainingDropped, RetrainingPostponed, RetrainingRequested, TriggerDeclared } from '@millrace/contracts';
import { projection } from './projection';
import { sourceOf } from './view';

/** Requests kept in a view, newest last; the log has them all. */
const REQUESTS_SHOWN = 20;

type Postponed = Pick<RetrainingPostponed, 'cause' | 'until'>;

/** Every trigger as it was declared last, what it has asked for, and what waits for the end of its cool-down. */
export const triggers = projection('trigger', 'trigger', {
  TriggerDeclared: (body, data: TriggerDeclared, event) => ({
    requests: [],
    postponed: [],
    ...body,
    ...data,
    from: sourceOf(event),
  }),
  // The plan is that of the trigger; here it would be repeated in every request.
  RetrainingRequested: (body, { plan: _, ...data }: RetrainingRequested) => ({
    ...body,
    requests: [...((body?.requests as unknown[] | undefined) ?? []), data].slice(-REQUESTS_SHOWN),
    postponed: [],
  }),
  RetrainingPostponed: (body, { cause, until }: RetrainingPostponed) => ({
    ...body,
    postponed: [...((body?.postponed as Postponed[] | undefined) ?? []), { cause, until }],
  }),
  RetrainingDropped: (body, { cause }: RetrainingDropped) => ({
    ...body,
    postponed: ((body?.postponed as Postponed[] | undefined) ?? []).filter((one) => one.cause.event !== cause.event),
  }),
});
