import { codesOf } from './error-code';

/** `code` of a problem (RFC 9457) at the gateway. */
export const HTTP_CODES = codesOf('HTTP', {
  UNAUTHENTICATED: ['No API key, or an unknown one', 'Send Authorization: Bearer <key>'],
  FORBIDDEN: ['The actor has none of the roles that this takes', 'Ask an admin'],
  BAD_REQUEST: ['The request is not one that the gateway understands', 'Read the detail'],
  NOT_FOUND: ['There is no such path', 'GET /openapi.json lists all'],
  METHOD_NOT_ALLOWED: ['The path does not take this method', 'GET /openapi.json lists all'],
  UNSUPPORTED_MEDIA_TYPE: ['The body is of a type that the path does not take', 'Send the type that the detail names'],
  INVALID_QUERY: ['A query parameter is not usable', 'Read the detail'],
  INVALID_BODY: ['A member of the body is missing or not usable', 'Correct what the detail names'],
  NO_JSON_BODY: ['The body is missing or no JSON object', 'Send a JSON body with its content type'],
  JSON_TOO_DEEP: ['The JSON is nested too deep', 'Flatten it'],
  BODY_TOO_LARGE: ['The body is larger than the door takes', 'Send less at once'],
  NO_BYTES: ['The upload is empty', 'Send the bytes of the file'],
  BAD_INFER_REQUEST: ['The tensors do not fit the endpoint', 'Compare with GET /v2/models/<endpoint>'],
  BINARY_TENSORS: ['Tensors came as binary data', 'Send them as JSON'],
  REQUEST_TOO_LARGE: ['A request record would be larger than its topic takes', 'Send smaller values'],
  INVALID_IDEMPOTENCY_KEY: ['The Idempotency-Key is empty, too long or not printable', 'Use a UUID'],
  IDEMPOTENCY_KEY_REUSED: ['The Idempotency-Key was used for another request', 'Use a new key for a new request'],
  NO_RESPONSE_IN_TIME: ['The lane did not answer before the deadline', 'Send again with the same Idempotency-Key'],
  TOO_MANY_ROWS_WAITING: ['Too many rows wait for the broker', 'Try again, or write to the request topic yourself'],
  TOO_MANY_VIEWERS: ['Too many live pages are open', 'Close one'],
  STARTING: ['The gateway has not yet read all endpoints and releases', 'Try again after the seconds in Retry-After'],
  STOPPING: ['The gateway is being stopped', 'Try again after the seconds in Retry-After'],
  BROKER_AWAY: ['The broker does not answer the gateway', 'Try again after the seconds in Retry-After'],
  UNKNOWN_COLLECTION: ['There is no such collection', 'The detail lists those there are'],
  UNKNOWN_COMMAND: ['There is no such command', 'The detail lists those there are'],
  UNKNOWN_RUN: ['There is no such training run', 'millrace run list'],
  UNKNOWN_QUARANTINE: ['The model was never in quarantine', 'Nothing'],
  INTERNAL: ['A fault inside Millrace', 'Look into the log of the service; report it', 'PROCESS'],
});

/** Codes of the command line, besides those that it passes on. */
export const CLI_CODES = codesOf('CLI', {
  FAILED: ['The command failed', 'Read the message'],
  UNKNOWN_REQUEST: [
    'No request with this id stands in the time that was searched',
    'Look further back with --within, or check the id',
  ],
  DATA_FILE_NOT_FOUND: ['There is no such file', 'Check the path'],
  DATA_FILE_UNREADABLE: ['The file is neither CSV nor Parquet, or damaged', 'Convert or fetch it again'],
  DATA_FILE_EMPTY: ['The file has no rows', 'Choose another file'],
  DATA_FILE_DOES_NOT_FIT: ['The file does not have the columns of the source’s schema', 'Compare the two'],
  CSV_MALFORMED: ['The CSV has rows of different lengths or broken quotes', 'Correct the line that the message names'],
  DATA_SCHEMA_UNUSABLE: ['The schema is no record of flat fields', 'Use the schema that source add proposes'],
  DATA_SELECTION_INVALID: ['The selection of rows is not possible', 'Read the message'],
  TABLE_COLUMN_UNKNOWN: ['A column does not exist', 'Read the message for those there are'],
  LOAD_FINISHED: ['This file was loaded already', 'Add --again to load it a second time'],
  LOAD_TOPIC_MISSING: ['The source has no topic', 'Add the source first: millrace source add'],
  LOAD_TAKEN_OVER: ['Another load of the same file goes on', 'Wait for it; the later one wins'],
  LOAD_ROW_TOO_LARGE: ['A row is larger than a record may be', 'Shorten the row that the message names'],
});
