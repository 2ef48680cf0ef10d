import type { NextFunction, Request, Response } from 'express';
import { Refused } from '../refused';

/** Media types of Confluent's registry; the first is what a client gets that has no wish. */
export const MEDIA_TYPES = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
  'application/json',
] as const;

/** Bodies are read as JSON under any of these (old clients send octet-stream). */
export const BODY_TYPES = [...MEDIA_TYPES, 'application/octet-stream'];

/** Answers in the type that the client asks for, and refuses bodies of other types instead of taking them for absent. */
export function mediaTypes(request: Request, response: Response, next: NextFunction): void {
  const wanted = request.accepts([...MEDIA_TYPES]);
  response.setHeader('content-type', wanted || MEDIA_TYPES[0]);
  const type = request.headers['content-type'];
  if (type !== undefined && hasBody(request) && !request.is(BODY_TYPES)) {
    next(new Refused({ status: 415, errorCode: 415, message: 'HTTP 415 Unsupported Media Type' }));
    return;
  }
  next();
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
