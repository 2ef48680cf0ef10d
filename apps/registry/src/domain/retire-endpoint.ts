import type { DecisionContext, RetireEndpoint } from '@millrace/contracts';
import { refuseEndpoint } from './create-endpoint';
import type { Endpoint, EndpointFact } from './endpoint';

export function retireEndpoint(endpoint: Endpoint, command: RetireEndpoint, context: DecisionContext): EndpointFact[] {
  if (endpoint.status !== 'LIVE') {
    const reasonCode = endpoint.status === 'ABSENT' ? 'UNKNOWN_ENDPOINT' : 'ENDPOINT_RETIRED';
    const reason =
      endpoint.status === 'ABSENT'
        ? `There is no endpoint ${command.endpoint}: millrace endpoint list names those that exist.`
        : `${command.endpoint} is retired already.`;
    return refuseEndpoint(command.endpoint, 'RetireEndpoint', { reasonCode, reason }, context);
  }
  const { version, now, actor } = context;
  return [
    {
      type: 'EndpointRetired',
      data: {
        aggregateVersion: version + 1,
        occurredAt: now,
        endpoint: command.endpoint,
        reason: command.reason,
        by: actor,
      },
    },
  ];
}
