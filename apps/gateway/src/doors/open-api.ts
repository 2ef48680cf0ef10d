import { RequestMethod } from '@nestjs/common';
import { z } from 'zod';
import { COMMANDS } from '../commands/command-table';
import { allowedAt } from '../identity/access.guard';
import { DESCRIPTION, type RouteDescription } from './described';
import { DOORS } from './doors';

/** One route as its decorators say: what the router runs and what the document shows. */
export interface Route {
  /** `post` ... */
  readonly method: string;
  /** With `:name` parameters: `/api/v1/commands/:name`. */
  readonly path: string;
  readonly roles: readonly string[];
  readonly description: RouteDescription;
}

/** Every route of the doors, read from the decorators that Nest reads too. */
export function routeTable(): Route[] {
  return DOORS.flatMap((door) => {
    const prefix = String(Reflect.getMetadata('path', door));
    const handlers = Object.values(Object.getOwnPropertyDescriptors(door.prototype)).map(
      (one) => one.value as Function,
    );
    return handlers
      .filter((handler) => typeof handler === 'function' && Reflect.hasMetadata('method', handler))
      .flatMap((handler) =>
        [Reflect.getMetadata('path', handler) as string | string[]].flat().map((path) => ({
          method: RequestMethod[Reflect.getMetadata('method', handler) as number]!.toLowerCase(),
          path: `/${[prefix, path].map(trimmed).filter(Boolean).join('/')}`,
          roles: allowedAt(handler) ?? [],
          description: Reflect.getMetadata(DESCRIPTION, handler) as RouteDescription,
        })),
      );
  });
}

const trimmed = (part: string): string => part.replace(/^\/+|\/+$/g, '');

type Json = Record<string, unknown>;

const PROBLEM: Json = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What, why, what to do next' },
    code: { type: 'string', description: 'Stable; see docs/generated/errors.md' },
  },
};

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) of the route table; shapes of bodies come from their zod schemas. */
export function openApiDocument(version: string): Json {
  const schemas: Record<string, unknown> = { Problem: PROBLEM };
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (route: Route, path: string, operation: Json) => {
    const key = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[key] = { ...paths[key], [route.method]: operation };
  };
  for (const route of routeTable()) {
    if (!route.path.endsWith('/commands/:name')) {
      add(route, route.path, operationOf(route, route.path, route.description.body, schemas));
      continue;
    }
    for (const command of COMMANDS) {
      const path = route.path.replace(':name', command.name);
      const roles = ['admin', ...command.roles];
      const named = { ...route, roles, description: { ...route.description, summary: command.summary } };
      add(route, path, operationOf(named, path, command.body, schemas));
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Millrace', version, description: 'Commands, queries and the Open Inference Protocol V2' },
    paths,
    components: { schemas, securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
  };
}

function operationOf(route: Route, path: string, body: z.ZodType | undefined, schemas: Record<string, unknown>): Json {
  const { description, roles } = route;
  const open = roles.includes('anyone');
  const id = `${route.method}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;
  return {
    operationId: id,
    summary: description.summary,
    tags: [path.startsWith('/v2') ? 'Open Inference Protocol' : path.split('/')[3]?.replace(/^:/, '')],
    ...(open ? {} : { security: [{ apiKey: [] }], description: `Roles: ${roles.join(', ')}` }),
    parameters: parametersOf(path, description),
    ...requestBodyOf(description, body, id, schemas),
    responses: responsesOf(description, open),
  };
}

function parametersOf(path: string, { query = {}, idempotent }: RouteDescription): Json[] {
  const text = { type: 'string' };
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text })),
    ...Object.entries(query).map(([name, meaning]) => ({ name, in: 'query', description: meaning, schema: text })),
    ...(idempotent
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            description: 'The same key with the same body gets the same answer; with another body it is refused',
            schema: text,
          },
        ]
      : []),
  ];
}

function requestBodyOf(
  { bodyType }: RouteDescription,
  body: z.ZodType | undefined,
  id: string,
  schemas: Record<string, unknown>,
): Json {
  if (bodyType) return { requestBody: { required: true, content: { [bodyType]: {} } } };
  if (!body) return {};
  const schema = { $ref: `#/components/schemas/${id}` };
  Object.assign(schemas, schemasOf(id, body));
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

/** The schema under its id, and beside it those that it refers to. */
function schemasOf(id: string, body: z.ZodType): Record<string, unknown> {
  const { $defs = {}, $schema: _, ...own } = z.toJSONSchema(body, { io: 'input' }) as Json & { $defs?: Json };
  const nameOf = (definition: string) => `${id}.${definition}`;
  const moved = (schema: unknown): unknown =>
    JSON.parse(
      JSON.stringify(schema).replaceAll(
        /"#\/\$defs\/([^"]+)"/g,
        (__, name: string) => `"#/components/schemas/${nameOf(name)}"`,
      ),
    );
  return Object.fromEntries([
    [id, moved(own)],
    ...Object.entries($defs).map(([name, definition]) => [nameOf(name), moved(definition)]),
  ]);
}

function responsesOf({ answers, answerType = 'application/json' }: RouteDescription, open: boolean): Json {
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const failures = open
    ? {}
    : { 401: 'No API key', 403: 'A role is missing', 503: 'Broker or database away: Retry-After' };
  return Object.fromEntries([
    ...Object.entries(failures).map(([status, description]) => [status, { description, content: problem }]),
    ...Object.entries(answers).map(([status, description]) => [status, { description, content: { [answerType]: {} } }]),
  ]);
}
