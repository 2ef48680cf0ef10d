import { AppError, InfrastructureError, type Logger } from '@millrace/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Observable, throwError } from 'rxjs';
import { Problem, unavailable } from './problem';

/** Errors of the libraries that are the caller's to cure. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = { IDEMPOTENCY_KEY_REUSED: 422, AVRO_ENCODE_INVALID: 400 };

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** The one place where an error becomes an HTTP answer: problem details for us, `{error}` for the Open Inference Protocol. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    // On the log the transport decides by the error's kind.
    if (host.getType() === 'rpc') return throwError(() => error);
    this.answer(error, host);
    return undefined;
  }

  private answer(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    if (response.headersSent) {
      response.end();
      return;
    }
    const problem = this.problemOf(error);
    if (problem.more.retryAfterSeconds) response.setHeader('retry-after', String(problem.more.retryAfterSeconds));
    response.status(problem.status);
    if (request.path.startsWith('/v2')) response.json({ error: problem.detail, ...problem.more.members });
    else response.type('application/problem+json').send(JSON.stringify(problem.details()));
  }

  private problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof InfrastructureError)
      return unavailable(error.code, `${error.message} Try again in a few seconds.`);
    if (error instanceof AppError && STATUS_OF_CODE[error.code])
      return new Problem(STATUS_OF_CODE[error.code]!, error.code, error.message);
    const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500)
      return new Problem(status, CODE_OF_STATUS[status] ?? 'BAD_REQUEST', (error as Error).message);
    this.logger.error({ err: error }, 'A request failed');
    return new Problem(500, 'INTERNAL', 'Something failed inside the gateway; its log says what.');
  }
}
