import { codesOf } from './error-code';

/** Reasons of dead letters and of quarantine: the record is kept whole, with its bytes. */
export const RECORD_CODES = codesOf('RECORD', {
  UNREADABLE: [
    'The bytes are no Confluent-framed Avro datum: garbage, cut off, or with bytes behind the datum',
    'Send with a schema-registry serializer; read the reason for the byte at which it ends',
  ],
  INCOMPATIBLE_SCHEMA: [
    'The record was written with a schema that the topic’s own cannot read, such as one without a field that has no default',
    'Write with the schema that is registered under <topic>-value',
  ],
  UNKNOWN_SCHEMA: [
    'The schema registry says that it does not know the schema id',
    'Register the schema, or stop mixing records of two registries',
  ],
  BAD_SIGNATURE: [
    'A command without a signature of the gateway, or of a service that may send it, or changed on the way',
    'Send commands through the gateway',
  ],
  RETRIES_EXHAUSTED: [
    'The handler failed in the same way several times',
    'Read the reason, cure the cause, send the record again',
  ],
  TOO_LARGE: ['The record is larger than the accepted topic takes', 'Send smaller records; put big values elsewhere'],
  OUTCOME_UNUSABLE: [
    'The label of an outcome is no finite number, or its request id holds U+0000',
    'Send 0 or 1 for a class, a finite number for a regression, and the id of the request as it was sent',
  ],
  RULE_BROKEN: [
    'A rule of the source’s owner does not hold',
    'Correct the record, or talk to the owner about the rule',
  ],
});
