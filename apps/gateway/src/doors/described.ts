import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

export const DESCRIPTION = 'millrace:description';

/** What the OpenAPI document says of a route besides its path and roles. */
export interface RouteDescription {
  readonly summary: string;
  /** Shape of a JSON body. */
  readonly body?: z.ZodType;
  /** Media type of a body that is no JSON. */
  readonly bodyType?: string;
  /** Name -> meaning of query parameters, all optional. */
  readonly query?: Readonly<Record<string, string>>;
  readonly idempotent?: boolean;
  /** Status -> meaning. Failures that every route knows (401, 403 ...) are added. */
  readonly answers: Readonly<Record<number, string>>;
  /** Media type of the answer; application/json unless given. */
  readonly answerType?: string;
}

export const Describe = (description: RouteDescription) => SetMetadata(DESCRIPTION, description);
