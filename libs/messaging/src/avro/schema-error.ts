import { AppError } from '@millrace/contracts';

export type SchemaErrorCode =
  | 'AVRO_SCHEMA_TOO_LARGE'
  | 'AVRO_SCHEMA_TOO_DEEP'
  | 'AVRO_SCHEMA_TOO_MANY_FIELDS'
  | 'AVRO_SCHEMA_TOO_MANY_SYMBOLS'
  | 'AVRO_SCHEMA_TOO_MANY_BRANCHES'
  | 'AVRO_SCHEMA_NOT_JSON'
  | 'AVRO_SCHEMA_INVALID'
  | 'AVRO_SCHEMA_UNSUPPORTED';

/** A schema that is refused: malformed, over a limit, or with something that this implementation does not read. */
export class SchemaError extends AppError {
  declare readonly code: SchemaErrorCode;

  constructor(code: SchemaErrorCode, message: string, context?: Record<string, unknown>) {
    super({ code, message, retriable: false, ...(context ? { context } : {}) });
  }
}
