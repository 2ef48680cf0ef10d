import { Controller, Get, Param, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { Allow } from '../identity/access.guard';
import { ViewStore } from '../persistence/view-store';
import { liveAt } from '../views/live-at';
import type { ViewBody, ViewKind } from '../views/view';
import { Describe } from './described';
import { queryOf } from './parse';
import { notFound, Problem } from './problem';

const KINDS: Readonly<Record<string, ViewKind>> = {
  sources: 'source',
  datasets: 'dataset',
  verdicts: 'verdict',
  expectations: 'expectations',
  runs: 'run',
  models: 'model',
  endpoints: 'endpoint',
  learners: 'learner',
  quarantines: 'quarantine',
  windows: 'window',
  quality: 'quality',
  alerts: 'alert',
  triggers: 'trigger',
  risks: 'risk',
  policies: 'policy',
  approvals: 'approval',
};

const atQuery = z.object({ at: z.string().max(40).optional() });

/** What there is, as folded from the facts of its owners. */
@Controller('api/v1')
export class QueriesController {
  constructor(private readonly views: ViewStore) {}

  @Get('releases')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({
    summary: 'What every endpoint serves and served',
    query: { at: 'A moment (RFC 3339 or milliseconds since 1970): only what was live then' },
    answers: { 200: 'One element per endpoint' },
  })
  async releases(@Req() request: Request): Promise<ViewBody[]> {
    const at = momentOf(request);
    const bodies = await this.views.list('release');
    return at === null ? bodies : bodies.map((body) => liveAt(body, at));
  }

  @Get('releases/:endpoint')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({
    summary: 'What one endpoint serves and served',
    query: { at: 'A moment (RFC 3339 or milliseconds since 1970): only what was live then' },
    answers: { 200: 'live, pending, history by revision' },
  })
  async release(@Param('endpoint') endpoint: string, @Req() request: Request): Promise<ViewBody> {
    const at = momentOf(request);
    const body = await this.one('release', endpoint);
    return at === null ? body : liveAt(body, at);
  }

  @Get(':collection')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({ summary: `Lists of: ${Object.keys(KINDS).join(', ')}`, answers: { 200: 'Oldest first' } })
  async list(@Param('collection') collection: string): Promise<ViewBody[]> {
    return this.views.list(kindOf(collection));
  }

  @Get(':collection/:id')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({ summary: 'One thing of a list', answers: { 200: 'As in the list' } })
  async find(@Param('collection') collection: string, @Param('id') id: string): Promise<ViewBody> {
    return this.one(kindOf(collection), id);
  }

  private async one(kind: ViewKind, id: string): Promise<ViewBody> {
    const body = await this.views.find(kind, id);
    if (body) return body;
    throw notFound(kind, id, await this.views.ids(kind));
  }
}

function kindOf(collection: string): ViewKind {
  const kind = Object.hasOwn(KINDS, collection) ? KINDS[collection] : undefined;
  if (kind) return kind;
  throw notFound('collection', collection, [...Object.keys(KINDS), 'releases']);
}

/** `?at=` in milliseconds since 1970; null without it. @throws Problem 400 */
function momentOf(request: Request): number | null {
  const { at } = queryOf(request, atQuery);
  if (at === undefined) return null;
  const moment = /^\d+$/.test(at) ? Number(at) : Date.parse(at);
  if (Number.isSafeInteger(moment)) return moment;
  throw new Problem(
    400,
    'INVALID_QUERY',
    `at=${at} is no moment: write 2026-05-01T12:00:00Z or milliseconds since 1970.`,
  );
}
