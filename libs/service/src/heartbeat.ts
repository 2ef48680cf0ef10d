import { setTimeout as sleep } from 'node:timers/promises';
import { LAST_WORD, ServiceStatus, type TopicDefinition, topicNamed } from '@millrace/contracts';
import type { Platform } from './platform/platform';

export const HEARTBEAT_MS = 10_000;

/** How long the last word may take: a broker that is away must not hold up the end of a process. */
const LAST_WORD_MS = 1_000;

/**
 * Says every ten seconds on `<service>.status.v1` that this process lives and whether it is ready. One that finds the
 * broker away is dropped: the next one says more. The last one says that it was asked to stop.
 */
export class Heartbeat {
  private timer: NodeJS.Timeout | null = null;
  private sending: Promise<void> | null = null;
  private readonly startedAt: number;

  private constructor(
    private readonly platform: Platform,
    private readonly topic: TopicDefinition,
    private readonly details: Readonly<Record<string, string>>,
  ) {
    this.startedAt = platform.clock.now();
  }

  /** Null for a process that has no status topic (the schema registry stands below the catalogue). */
  static start(platform: Platform, details: Readonly<Record<string, string>>): Heartbeat | null {
    const topic = topicNamed(`${platform.service}.status.v1`);
    if (!topic) return null;
    const heartbeat = new Heartbeat(platform, topic, details);
    heartbeat.timer = setInterval(() => heartbeat.beat(), HEARTBEAT_MS);
    heartbeat.beat();
    return heartbeat;
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    const said = (async () => {
      await this.sending;
      this.beat(LAST_WORD);
      await this.sending;
    })();
    await Promise.race([said, sleep(LAST_WORD_MS, undefined, { ref: false })]);
  }

  private beat(lastWord: string | null = null): void {
    this.sending ??= this.send(lastWord)
      .catch((error: unknown) => {
        this.platform.logger.debug({ reason: (error as Error).message }, 'A heartbeat was not sent');
      })
      .finally(() => {
        this.sending = null;
      });
  }

  private async send(lastWord: string | null): Promise<void> {
    const { service, instance, health, ids, directEvents } = this.platform;
    const reasons = lastWord === null ? (await health.readiness()).reasons : [lastWord];
    const ready = reasons.length === 0;
    const reason = ready ? null : reasons.join('; ');
    const status = { service, instance, ready, reason, startedAt: this.startedAt, details: { ...this.details } };
    await directEvents.publish(ServiceStatus, instance, status, { id: ids.uuid(), topic: this.topic });
  }
}
