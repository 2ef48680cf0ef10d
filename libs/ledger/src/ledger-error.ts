import { AppError } from '@millrace/contracts';

/** What a caller of the ledger asked for cannot be done. What is wrong with a log is a finding of the verifier, never an error. */
export function ledgerError(code: `LEDGER_${string}`, message: string): AppError {
  return new AppError({ code, message, retriable: false });
}
