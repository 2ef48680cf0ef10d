import type { DecisionContext, Service } from '@millrace/contracts';
import type { StoredAggregate } from '@millrace/persistence';
import type { Received } from '../flow/flow';

/**
 * What a decision of `service` is told: the aggregate's version, the time, who asks and by which record. A fact bears no
 * actor: then the service decides in its own name.
 */
export const contextOf =
  (service: Service) =>
  (
    cause: Pick<Received<unknown>, 'id' | 'actor'>,
    { version }: StoredAggregate<unknown>,
    now: number,
  ): DecisionContext => ({ version, now, actor: cause.actor ?? `service:${service}`, causeId: cause.id });
