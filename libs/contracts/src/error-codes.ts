import type { ErrorCode } from './errors/error-code';
import { REFUSAL_CODES } from './errors/of-commands';
import { SUSPICION_CODES } from './errors/of-datasets';
import { CLI_CODES, HTTP_CODES } from './errors/of-doors';
import { INFRASTRUCTURE_CODES, PROCESS_CODES } from './errors/of-processes';
import { RECORD_CODES } from './errors/of-records';
import { RESPONSE_CODES } from './errors/of-responses';

export type { ErrorCode, ErrorPlace } from './errors/error-code';

/**
 * Every stable code of the platform, with its cause and what to do; a spec finds codes that are used and not listed, or
 * listed and not used. docs/generated/errors.md is made from it. Codes never change their meaning.
 */
export const ERROR_CODES = {
  ...RECORD_CODES,
  ...RESPONSE_CODES,
  ...SUSPICION_CODES,
  ...REFUSAL_CODES,
  ...HTTP_CODES,
  ...CLI_CODES,
  ...INFRASTRUCTURE_CODES,
  ...PROCESS_CODES,
} as const satisfies Record<string, ErrorCode>;

/** What the broker answers under a code of its own protocol: `KAFKA_` and Kafka's name of it, such as KAFKA_MESSAGE_TOO_LARGE. */
export const BROKER_CODE = /^KAFKA_[A-Z_]+$/;

/** Cause and cure of a code, or undefined for one that is not ours. */
export function errorCode(code: string): ErrorCode | undefined {
  return Object.hasOwn(ERROR_CODES, code) ? (ERROR_CODES as Readonly<Record<string, ErrorCode>>)[code] : undefined;
}
