import { PoisonError } from '@millrace/contracts';

/** Why a record cannot be decoded, now or ever; the reason code of its dead letter. */
export type DecodeReason = 'UNREADABLE' | 'UNKNOWN_SCHEMA' | 'INCOMPATIBLE_SCHEMA';

/** A record value that does not decode. `code` is the reason code of the dead letter, `detail` says what exactly. */
export class UndecodableError extends PoisonError {
  declare readonly code: DecodeReason;

  constructor(code: DecodeReason, detail: string, message: string, context: Record<string, unknown> = {}) {
    super({ code, message, context: { detail, ...context } });
  }
}
