import { AppError } from '@millrace/contracts';

/** Why data work refused its input. Each code has one cause and one cure; the message says both. */
export type DataErrorCode =
  | 'DATA_FILE_NOT_FOUND'
  | 'DATA_FILE_UNREADABLE'
  | 'DATA_FILE_EMPTY'
  | 'DATA_FILE_DOES_NOT_FIT'
  | 'CSV_MALFORMED'
  | 'DATA_SCHEMA_UNUSABLE'
  | 'DATA_SELECTION_INVALID'
  | 'DATASET_EMPTY'
  | 'DATASET_SPLIT_EMPTY'
  | 'TABLE_COLUMN_UNKNOWN'
  | 'LOAD_FINISHED'
  | 'LOAD_TOPIC_MISSING'
  | 'LOAD_TAKEN_OVER'
  | 'LOAD_ROW_TOO_LARGE'
  | 'CHILD_JOB_DIED';

export class DataError extends AppError {
  declare readonly code: DataErrorCode;

  constructor(code: DataErrorCode, message: string, context: Record<string, unknown> = {}, cause?: unknown) {
    super({ code, message, retriable: code === 'CHILD_JOB_DIED', context, cause });
  }
}
