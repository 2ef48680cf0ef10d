import type { Logger } from '@millrace/contracts';
import type { Progress } from './train-model';

/** A third of the lease: two reports may be lost before it runs out. */
const REPEAT_MS = 5_000;

/**
 * Sends progress, and repeats the last one while a long step (a large file, a large evaluation) has nothing new to say,
 * because every report renews the lease. A report that does not arrive is no reason to stop: the next one does the same.
 */
export class ProgressReports {
  private readonly timer: NodeJS.Timeout;
  private last: Progress | null = null;
  private sending = false;

  constructor(
    private readonly send: (progress: Progress) => Promise<void>,
    private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => this.repeat(), REPEAT_MS);
  }

  async report(progress: Progress): Promise<void> {
    this.last = progress;
    this.sending = true;
    this.timer.refresh();
    try {
      await this.send(progress);
    } catch (error) {
      this.logger.warn({ reason: (error as Error).message }, 'Progress could not be reported');
    }
    this.sending = false;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private repeat(): void {
    if (this.last && !this.sending) void this.report({ ...this.last, checkpoint: null, candidate: null });
  }
}
