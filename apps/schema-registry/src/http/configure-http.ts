import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { BODY_TYPES, mediaTypes } from './media-types';

/** A schema of 64 KiB grows when it is escaped inside JSON; what is larger still cannot be one. */
const BODY_MAX_BYTES = 262_144;

/** What the REST API needs of express: its media types, bounded bodies, no talk about itself. */
export function configureHttp(application: INestApplication): void {
  const app = application as NestExpressApplication;
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(mediaTypes);
  app.useBodyParser('json', { type: BODY_TYPES, limit: BODY_MAX_BYTES, strict: true });
}
