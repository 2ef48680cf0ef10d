import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Allow } from '../identity/access.guard';
import { LiveFeed } from '../live/live-feed';
import type { LiveSnapshot } from '../live/live-snapshot';
import { TakeSnapshot } from '../live/take-snapshot';
import { within } from '../within';
import { Describe } from './described';
import { unavailable } from './problem';

const SNAPSHOT_LIMIT_MS = 5_000;

/** The whole platform at a glance. */
@Controller('api/v1')
export class LiveController {
  constructor(
    private readonly feed: LiveFeed,
    private readonly snapshot: TakeSnapshot,
  ) {}

  @Get('live')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({
    summary: 'A snapshot a second, as server-sent events',
    answers: { 200: 'Each event is a snapshot as JSON' },
    answerType: 'text/event-stream',
  })
  live(@Res() response: Response): void {
    this.feed.add(response);
  }

  @Get('status')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({ summary: 'One snapshot: services, endpoints, topics, runs', answers: { 200: 'The snapshot' } })
  status(): Promise<LiveSnapshot> {
    return within(SNAPSHOT_LIMIT_MS, this.snapshot.take(), () =>
      unavailable('BROKER_AWAY', 'The broker does not answer. Try again in a few seconds.'),
    );
  }
}
