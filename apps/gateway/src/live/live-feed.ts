import type { ServerResponse } from 'node:http';
import type { Logger } from '@millrace/contracts';
import { unavailable } from '../doors/problem';
import type { LiveSnapshot } from './live-snapshot';

const EVERY_MS = 1_000;
export const MAX_VIEWERS = 100;
/** A viewer that does not read gets no more until it has. */
const MAX_UNSENT_BYTES = 1_048_576;

/** Server-sent events: one snapshot a second for all viewers together, and nothing at all while nobody looks. */
export class LiveFeed {
  private readonly viewers = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | null = null;
  private taking = false;

  constructor(
    private readonly take: () => Promise<LiveSnapshot>,
    private readonly logger: Logger,
  ) {}

  /** @throws Problem 503 TOO_MANY_VIEWERS */
  add(response: ServerResponse): void {
    if (this.viewers.size >= MAX_VIEWERS)
      throw unavailable('TOO_MANY_VIEWERS', `${MAX_VIEWERS} pages are open already: close one.`);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write('retry: 2000\n\n');
    this.viewers.add(response);
    response.on('close', () => this.remove(response));
    this.timer ??= setInterval(() => void this.tick(), EVERY_MS);
    void this.tick();
  }

  /** Ends every stream: an open one would keep the server from closing. */
  close(): void {
    for (const viewer of this.viewers) viewer.end();
    this.viewers.clear();
    this.rest();
  }

  get watched(): boolean {
    return this.viewers.size > 0;
  }

  private remove(viewer: ServerResponse): void {
    this.viewers.delete(viewer);
    if (this.viewers.size === 0) this.rest();
  }

  private rest(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private async tick(): Promise<void> {
    if (this.taking) return;
    this.taking = true;
    try {
      this.send(`data: ${JSON.stringify(await this.take())}\n\n`);
    } catch (error) {
      this.logger.debug({ reason: (error as Error).message }, 'No snapshot for the page');
      this.send(': waiting for the broker\n\n');
    } finally {
      this.taking = false;
    }
  }

  private send(event: string): void {
    for (const viewer of this.viewers) if (viewer.writableLength < MAX_UNSENT_BYTES) viewer.write(event);
  }
}
