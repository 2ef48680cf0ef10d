import type { Request } from 'express';
import type { z } from 'zod';
import { Problem } from './problem';

const MOST_PROBLEMS = 20;
const JSON_TYPES = ['application/json', 'application/*+json'];

/** @throws Problem 415 without a JSON body, 400 INVALID_BODY naming every field that is wrong. */
export function bodyOf<T>(request: Request, schema: z.ZodType<T>): T {
  const body: unknown = request.body;
  if (body === undefined || !request.is(JSON_TYPES))
    throw new Problem(415, 'NO_JSON_BODY', 'Send a JSON body with the header Content-Type: application/json.');
  return parsed(schema, body, 'INVALID_BODY');
}

export function queryOf<T>(request: Request, schema: z.ZodType<T>): T {
  return parsed(schema, request.query, 'INVALID_QUERY');
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, code: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const sentence = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  throw new Problem(400, code, sentence, { members: { problems } });
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/** The Idempotency-Key of a request; undefined without one. @throws Problem 400 */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined) return undefined;
  if (KEY.test(key)) return key;
  throw new Problem(400, 'INVALID_IDEMPOTENCY_KEY', 'An Idempotency-Key has 1 to 200 visible ASCII characters.');
}

/** W3C Trace Context, version 00 and later (https://www.w3.org/TR/trace-context/#traceparent-header). */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace, which goes on in the records; undefined without a well-formed one. */
export function traceparentOf(request: Request): string | undefined {
  const text = request.get('traceparent');
  return text !== undefined && TRACEPARENT.test(text) ? text : undefined;
}
