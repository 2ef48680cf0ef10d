import path from 'node:path';
import { Metrics } from '@millrace/service';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { countRequests } from './doors/count-requests';
import { InFlight } from './doors/in-flight';
import { checkJsonDepth } from './doors/json-depth';
import { openApiDocument } from './doors/open-api';
import { securityHeaders } from './doors/security-headers';

/** Beside `dist/` as beside `src/`. */
const PAGE = path.join(__dirname, '..', 'page');
/** 256 rows of a wide signature; the largest command is a tenth of it. */
export const MAX_JSON_BYTES = 4 * 1_048_576;

/** Options of body-parser; Nest's type leaves `verify` out, which sees the bytes before they are parsed. */
const JSON_PARSER = {
  limit: MAX_JSON_BYTES,
  strict: false,
  type: ['application/json', 'application/*+json'],
  verify: (_request: unknown, _response: unknown, bytes: Buffer) => checkJsonDepth(bytes),
};

/** What stands before the routes: headers, body limits, the page at /, the document at /openapi.json and its UI at /openapi. */
export function configureHttp(given: INestApplication): void {
  const application = given as NestExpressApplication;
  application.disable('x-powered-by');
  application.disable('etag');
  application.use(countRequests(application.get(Metrics)));
  application.use(securityHeaders);
  application.use(application.get(InFlight).middleware);
  application.useBodyParser('json', JSON_PARSER);
  // Without a header of its own: no-store stands already.
  application.useStaticAssets(PAGE, { etag: false, lastModified: false, redirect: false });
  SwaggerModule.setup('openapi', application, openApiDocument('v1') as unknown as OpenAPIObject, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Millrace API',
  });
}
