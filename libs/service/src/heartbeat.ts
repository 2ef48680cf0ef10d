import { ServiceStatus, type TopicDefinition, topicNamed } from '@millrace/contracts';
import type { Platform } from './platform/platform';

export const HEARTBEAT_MS = 10_000;

/**
 * Says every ten seconds on `<service>.status.v1` that this process lives and whether it is ready. One that finds the
 * broker away is dropped: the next one says more.
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
    await this.sending;
  }

  private beat(): void {
    this.sending ??= this.send()
      .catch((error: unknown) => {
        this.platform.logger.debug({ reason: (error as Error).message }, 'A heartbeat was not sent');
      })
      .finally(() => {
        this.sending = null;
      });
  }

  private async send(): Promise<void> {
    const { service, instance, health, ids, directEvents } = this.platform;
    const { ready, reasons } = await health.readiness();
    const reason = ready ? null : reasons.join('; ');
    const status = { service, instance, ready, reason, startedAt: this.startedAt, details: { ...this.details } };
    await directEvents.publish(ServiceStatus, instance, status, { id: ids.uuid(), topic: this.topic });
  }
}
