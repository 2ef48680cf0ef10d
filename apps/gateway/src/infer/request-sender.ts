import type { IdempotentProducer, OutgoingRecord } from '@millrace/messaging';

interface WaitingCall {
  readonly records: OutgoingRecord[];
  /** Aborted when the caller has given up: what was not sent by then is not sent. */
  readonly signal: AbortSignal;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Sends the requests of many calls in few batches: while a send is under way on a topic, later calls wait in line and go
 * together in the next one. A lone call goes at once.
 */
export class RequestSender {
  /** By topic; present while a send is under way there. */
  private readonly lines = new Map<string, WaitingCall[]>();

  constructor(private readonly producer: IdempotentProducer) {}

  /** Resolves when the broker has all of the records. @throws KafkaError; the reason of the signal when it came first. */
  send(topic: string, records: OutgoingRecord[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = { records, signal, resolve, reject };
      const line = this.lines.get(topic);
      if (!line) void this.sendAll(topic, call);
      else waitIn(line, call);
    });
  }

  close(): Promise<void> {
    return this.producer.close();
  }

  private async sendAll(topic: string, first: WaitingCall): Promise<void> {
    const line = [first];
    this.lines.set(topic, line);
    while (line.length > 0) await this.sendTogether(topic, line.splice(0));
    this.lines.delete(topic);
  }

  private async sendTogether(topic: string, calls: readonly WaitingCall[]): Promise<void> {
    try {
      await this.producer.send(
        topic,
        calls.flatMap((call) => call.records),
      );
      for (const call of calls) call.resolve();
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }
}

/** Who gives up leaves the line at once: behind a broker that is away it would only fill the memory. */
function waitIn(line: WaitingCall[], call: WaitingCall): void {
  line.push(call);
  const leave = () => {
    const at = line.indexOf(call);
    if (at < 0) return;
    line.splice(at, 1);
    call.reject(call.signal.reason);
  };
  call.signal.addEventListener('abort', leave, { once: true });
}
