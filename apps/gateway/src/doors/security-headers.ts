import type { NextFunction, Request, Response } from 'express';

const SAME_ORIGIN_ONLY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** Swagger UI writes style elements. */
const SWAGGER = SAME_ORIGIN_ONLY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

/** On every answer: nothing is kept, framed, sniffed or loaded from elsewhere. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('content-security-policy', request.path.startsWith('/openapi') ? SWAGGER : SAME_ORIGIN_ONLY);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('x-frame-options', 'DENY');
  next();
}
