import {
  type CreateEndpoint,
  type DecisionContext,
  type EndpointCreated,
  NAME_PATTERN,
  type Refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import type { Endpoint, EndpointFact } from './endpoint';
import type { ModelVersion } from './model';

const MAX_PARTITIONS = 64;

/** What the registry's worker made before the endpoint may be said to exist. */
export type MadeTopics = Pick<
  EndpointCreated,
  | 'requestsTopic'
  | 'responsesTopic'
  | 'deadLettersTopic'
  | 'outcomesTopic'
  | 'requestSchemaId'
  | 'responseSchemaId'
  | 'outcomeSchemaId'
  | 'requestSchema'
  | 'responseSchema'
>;

/** Why the endpoint cannot be made, or null. Asked before the topics are made and again before the fact is written. */
export function whyNotCreate(
  endpoint: Endpoint,
  command: CreateEndpoint,
  from: ModelVersion | undefined,
): Refusal | null {
  const highest = endpoint.majors.length;
  if (!NAME_PATTERN.test(command.endpoint))
    return { reasonCode: 'BAD_NAME', reason: `"${command.endpoint}" is not a name: use [a-z][a-z0-9-]{0,62}.` };
  if (endpoint.status === 'RETIRED')
    return {
      reasonCode: 'ENDPOINT_RETIRED',
      reason: `${command.endpoint} is retired, and names are never used again: choose another.`,
    };
  if (!from)
    return {
      reasonCode: 'UNKNOWN_VERSION',
      reason: `${command.model}:${command.version} does not exist: millrace model list names what does.`,
    };
  if (command.major <= highest)
    return {
      reasonCode: 'ENDPOINT_EXISTS',
      reason: `${command.endpoint} has major ${command.major} already: release to it, or make major ${highest + 1}.`,
    };
  if (command.major !== highest + 1)
    return {
      reasonCode: 'BAD_MAJOR',
      reason: `The next major of ${command.endpoint} is ${highest + 1}, not ${command.major}.`,
    };
  if (!Number.isInteger(command.partitions) || command.partitions < 1 || command.partitions > MAX_PARTITIONS)
    return { reasonCode: 'BAD_PARTITIONS', reason: `Partitions must be a whole number from 1 to ${MAX_PARTITIONS}.` };
  return null;
}

export function createEndpoint(
  endpoint: Endpoint,
  command: CreateEndpoint,
  from: ModelVersion | undefined,
  made: MadeTopics,
  context: DecisionContext,
): EndpointFact[] {
  const refusal = whyNotCreate(endpoint, command, from);
  if (refusal || !from) return refuseEndpoint(command.endpoint, 'CreateEndpoint', refusal, context);
  return [
    {
      type: 'EndpointCreated',
      data: {
        ...stamp(context),
        endpoint: command.endpoint,
        major: command.major,
        partitions: command.partitions,
        ...made,
        signature: from.signature,
        model: command.model,
        version: command.version,
        description: command.description,
        createdBy: context.actor,
      },
    },
  ];
}

export function refuseEndpoint(
  endpoint: string,
  command: string,
  refusal: Refusal | null,
  context: DecisionContext,
): EndpointFact[] {
  if (!refusal) return [];
  const data = { ...refusalOf(context, `io.millrace.registry.${command}`, refusal), endpoint };
  return [{ type: 'EndpointRefused', data }];
}
