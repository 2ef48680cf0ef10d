import type { Clock, Logger } from '@millrace/contracts';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InFlight } from './doors/in-flight';
import { EndpointDirectory } from './infer/endpoint-directory';
import { CarryInfer } from './infer/infer-call';
import { ResponseInbox } from './infer/response-inbox';
import { LagHistory } from './lag/lag-history';
import { LiveFeed } from './live/live-feed';
import { RecordCounter } from './live/record-counter';
import { ServiceBoard } from './live/service-board';
import { CommandLog } from './persistence/command-log';

const PRUNE_EVERY_MS = 3_600_000;
/** Of the 20 s that the whole application has for stopping. */
const DRAIN_LIMIT_MS = 10_000;

/** What runs besides handlers and doors: it starts with the application and ends with it. */
@Injectable()
export class GatewayLife implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private pruning: NodeJS.Timeout | null = null;

  constructor(
    private readonly directory: EndpointDirectory,
    private readonly inbox: ResponseInbox,
    private readonly carry: CarryInfer,
    private readonly board: ServiceBoard,
    private readonly counter: RecordCounter,
    private readonly feed: LiveFeed,
    private readonly lag: LagHistory,
    private readonly inFlight: InFlight,
    private readonly log: CommandLog,
    private readonly health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.inbox.start();
    this.board.start();
    this.lag.start();
    this.health.report('responses', () => this.inbox.trouble());
    this.directory.onMajor((made) => {
      // A call attaches again when this fails.
      this.inbox.attach(made).catch((error: Error) => {
        this.logger.debug({ topic: made.responsesTopic, reason: error.message }, 'Not read yet');
      });
    });
    this.pruning = setInterval(() => void this.prune(), PRUNE_EVERY_MS);
  }

  /** Ends the streams, which have no end of their own, and lets calls in hand be answered before the server cuts them. */
  async onModuleDestroy(): Promise<void> {
    if (this.pruning) clearInterval(this.pruning);
    this.feed.close();
    await this.inFlight.drain(DRAIN_LIMIT_MS);
  }

  /** The door is closed: nobody waits for a response any more. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.inbox.stop(), this.board.stop(), this.carry.stop(), this.counter.close(), this.lag.stop()]);
  }

  private async prune(): Promise<void> {
    await this.log.prune(this.clock.now()).catch((error: Error) => {
      this.logger.warn({ reason: error.message }, 'Old idempotency rows were not pruned');
    });
  }
}
