import type { Logger } from '@millrace/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import { Refused } from '../refused';

/** Every error leaves in the registry's shape: `{"error_code": 40401, "message": "..."}`. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof Refused) {
      if (error.retryAfterS !== undefined) response.setHeader('retry-after', error.retryAfterS);
      const { status, errorCode, message } = error.refusal;
      response.status(status).json({ error_code: errorCode, message });
      return;
    }
    const status = statusOf(error);
    if (status >= 500) this.logger.error({ err: error }, 'A request failed unexpectedly');
    const message = status >= 500 ? 'Internal Server Error' : `HTTP ${status} ${(error as Error).message}`;
    response.status(status).json({ error_code: status >= 500 ? 50001 : status, message });
  }
}

/** Nest's own exceptions, and those of body-parser (malformed JSON, a body too large), know their status. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
