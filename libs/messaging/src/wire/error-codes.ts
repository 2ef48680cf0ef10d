/**
 * Error codes of the Kafka protocol: name, whether asking again may help, and what to do.
 * Source: https://kafka.apache.org/protocol#protocol_error_codes (the codes that our APIs can meet).
 */
export interface KafkaErrorCode {
  name: string;
  retriable: boolean;
  fix: string;
}

const again = 'Asked again after a short wait.';
const moved = 'The leader or coordinator moved: looked up again and resent.';
const fenced =
  'Another owner took this transactional id, or the transaction timed out: stop, ask for the id again, recover.';
const reset = 'The transaction is aborted and the producer asks for a new producer id.';
const member = 'This member is no longer in the group: stop its partitions and wait for the next assignment.';
const access = 'Grant the client this right on the broker.';
const setting = 'Correct the setting or the request; asking again will not help.';

export const KAFKA_ERRORS: Readonly<Record<number, KafkaErrorCode>> = {
  [-1]: { name: 'UNKNOWN_SERVER_ERROR', retriable: true, fix: `${again} See the broker's log.` },
  1: {
    name: 'OFFSET_OUT_OF_RANGE',
    retriable: false,
    fix: 'Nothing is skipped silently: choose an offset inside the range kept by retention.',
  },
  2: {
    name: 'CORRUPT_MESSAGE',
    retriable: false,
    fix: 'The broker found a wrong checksum: a fault of memory, network or codec.',
  },
  3: {
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    retriable: true,
    fix: 'Create the topic, or wait until its creation has reached this broker.',
  },
  5: { name: 'LEADER_NOT_AVAILABLE', retriable: true, fix: moved },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', retriable: true, fix: moved },
  7: { name: 'REQUEST_TIMED_OUT', retriable: true, fix: again },
  8: { name: 'BROKER_NOT_AVAILABLE', retriable: true, fix: moved },
  9: { name: 'REPLICA_NOT_AVAILABLE', retriable: true, fix: moved },
  10: {
    name: 'MESSAGE_TOO_LARGE',
    retriable: false,
    fix: "Send smaller records, or raise the topic's max.message.bytes.",
  },
  12: { name: 'OFFSET_METADATA_TOO_LARGE', retriable: false, fix: setting },
  13: { name: 'NETWORK_EXCEPTION', retriable: true, fix: again },
  14: { name: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true, fix: again },
  15: { name: 'COORDINATOR_NOT_AVAILABLE', retriable: true, fix: moved },
  16: { name: 'NOT_COORDINATOR', retriable: true, fix: moved },
  17: {
    name: 'INVALID_TOPIC_EXCEPTION',
    retriable: false,
    fix: 'Topic names are 1 to 249 characters of [a-zA-Z0-9._-].',
  },
  18: { name: 'RECORD_LIST_TOO_LARGE', retriable: false, fix: 'Send smaller batches.' },
  19: { name: 'NOT_ENOUGH_REPLICAS', retriable: true, fix: again },
  20: { name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', retriable: true, fix: again },
  22: { name: 'ILLEGAL_GENERATION', retriable: false, fix: member },
  24: { name: 'INVALID_GROUP_ID', retriable: false, fix: setting },
  25: { name: 'UNKNOWN_MEMBER_ID', retriable: false, fix: member },
  27: { name: 'REBALANCE_IN_PROGRESS', retriable: false, fix: member },
  28: { name: 'INVALID_COMMIT_OFFSET_SIZE', retriable: false, fix: setting },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED', retriable: false, fix: access },
  30: { name: 'GROUP_AUTHORIZATION_FAILED', retriable: false, fix: access },
  31: { name: 'CLUSTER_AUTHORIZATION_FAILED', retriable: false, fix: access },
  32: { name: 'INVALID_TIMESTAMP', retriable: false, fix: setting },
  34: { name: 'ILLEGAL_SASL_STATE', retriable: true, fix: 'The session is opened anew.' },
  35: { name: 'UNSUPPORTED_VERSION', retriable: false, fix: 'Use a Kafka broker of version 4.0 or later.' },
  36: { name: 'TOPIC_ALREADY_EXISTS', retriable: false, fix: 'Nothing to do.' },
  37: { name: 'INVALID_PARTITIONS', retriable: false, fix: setting },
  38: { name: 'INVALID_REPLICATION_FACTOR', retriable: false, fix: 'Ask for no more replicas than there are brokers.' },
  40: { name: 'INVALID_CONFIG', retriable: false, fix: setting },
  41: { name: 'NOT_CONTROLLER', retriable: true, fix: moved },
  42: { name: 'INVALID_REQUEST', retriable: false, fix: setting },
  43: { name: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', retriable: false, fix: setting },
  44: { name: 'POLICY_VIOLATION', retriable: false, fix: setting },
  45: { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', retriable: false, fix: reset },
  46: { name: 'DUPLICATE_SEQUENCE_NUMBER', retriable: false, fix: reset },
  47: { name: 'INVALID_PRODUCER_EPOCH', retriable: false, fix: fenced },
  48: { name: 'INVALID_TXN_STATE', retriable: false, fix: reset },
  49: { name: 'INVALID_PRODUCER_ID_MAPPING', retriable: false, fix: reset },
  50: {
    name: 'INVALID_TRANSACTION_TIMEOUT',
    retriable: false,
    fix: "Ask for a timeout below the broker's transaction.max.timeout.ms (15 minutes by default).",
  },
  51: {
    name: 'CONCURRENT_TRANSACTIONS',
    retriable: true,
    fix: 'The transaction before is still being closed: asked again after 1 ms.',
  },
  52: { name: 'TRANSACTION_COORDINATOR_FENCED', retriable: true, fix: moved },
  53: { name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', retriable: false, fix: access },
  55: {
    name: 'OPERATION_NOT_ATTEMPTED',
    retriable: true,
    fix: 'Another partition of the same request failed: asked again.',
  },
  56: { name: 'KAFKA_STORAGE_ERROR', retriable: true, fix: "Look at the broker's disk." },
  58: { name: 'SASL_AUTHENTICATION_FAILED', retriable: false, fix: 'Check the SASL mechanism, user and password.' },
  59: { name: 'UNKNOWN_PRODUCER_ID', retriable: false, fix: reset },
  67: { name: 'INVALID_PRINCIPAL_TYPE', retriable: false, fix: setting },
  69: { name: 'GROUP_ID_NOT_FOUND', retriable: false, fix: 'The group does not exist (yet).' },
  74: { name: 'FENCED_LEADER_EPOCH', retriable: true, fix: moved },
  75: { name: 'UNKNOWN_LEADER_EPOCH', retriable: true, fix: moved },
  76: { name: 'UNSUPPORTED_COMPRESSION_TYPE', retriable: false, fix: setting },
  78: { name: 'OFFSET_NOT_AVAILABLE', retriable: true, fix: moved },
  82: { name: 'FENCED_INSTANCE_ID', retriable: false, fix: member },
  87: { name: 'INVALID_RECORD', retriable: false, fix: setting },
  88: {
    name: 'UNSTABLE_OFFSET_COMMIT',
    retriable: true,
    fix: 'A transaction holds this offset: asked again until it is decided.',
  },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', retriable: true, fix: again },
  90: { name: 'PRODUCER_FENCED', retriable: false, fix: fenced },
  99: { name: 'UNSUPPORTED_ENDPOINT_TYPE', retriable: false, fix: setting },
  100: { name: 'UNKNOWN_TOPIC_ID', retriable: true, fix: moved },
  110: { name: 'FENCED_MEMBER_EPOCH', retriable: false, fix: member },
  113: { name: 'STALE_MEMBER_EPOCH', retriable: false, fix: member },
  120: {
    name: 'TRANSACTION_ABORTABLE',
    retriable: false,
    fix: 'The transaction is aborted and its batch processed again.',
  },
};

/** Names of the codes that the code asks for by number, so that no bare number stands in a condition. */
export const KafkaCode = {
  NONE: 0,
  UNKNOWN_SERVER_ERROR: -1,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  CONCURRENT_TRANSACTIONS: 51,
  OPERATION_NOT_ATTEMPTED: 55,
  UNKNOWN_PRODUCER_ID: 59,
  UNSTABLE_OFFSET_COMMIT: 88,
  PRODUCER_FENCED: 90,
  TRANSACTION_ABORTABLE: 120,
} as const;

const unknown: KafkaErrorCode = { name: 'UNKNOWN_ERROR_CODE', retriable: false, fix: "See the broker's log." };

export function kafkaErrorOf(code: number): KafkaErrorCode {
  return KAFKA_ERRORS[code] ?? unknown;
}

const MOVED: ReadonlySet<number> = new Set([3, 5, 6, 8, 9, 15, 16, 41, 52, 56, 74, 75, 78, 100]);

/** Codes after which the leader or the coordinator has to be looked up again. */
export function isMoved(code: number): boolean {
  return MOVED.has(code);
}
