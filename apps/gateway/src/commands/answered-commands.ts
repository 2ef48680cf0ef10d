import type { DatabaseListener } from '@millrace/persistence';
import { COMMAND_ANSWERED } from '../persistence/view-store';

/** NOTIFY may be lost with its connection: whoever waits looks again so often. */
const LOOK_AGAIN_MS = 1_000;

/** Lets callers wait until the view shows the answer to a command. */
export class AnsweredCommands {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(listener: Pick<DatabaseListener, 'listen'>) {
    listener.listen(COMMAND_ANSWERED, (commandId) => this.wake(commandId));
  }

  /** What `look` gives once it is not null, or null when the time is over. */
  async until<T>(commandId: string, waitMs: number, look: () => Promise<T | null>): Promise<T | null> {
    const end = performance.now() + waitMs;
    for (;;) {
      const told = this.next(commandId);
      try {
        const found = await look();
        const left = end - performance.now();
        if (found !== null || left <= 0) return found;
        await told.within(Math.min(left, LOOK_AGAIN_MS));
      } finally {
        told.forget();
      }
    }
  }

  private next(commandId: string) {
    const waiters = this.waiting.get(commandId) ?? new Set();
    this.waiting.set(commandId, waiters);
    let heard = false;
    let resolve: () => void = () => {};
    const wake = () => {
      heard = true;
      resolve();
    };
    waiters.add(wake);
    let timer: NodeJS.Timeout | undefined;
    return {
      within: (ms: number) =>
        new Promise<void>((done) => {
          resolve = done;
          if (heard) done();
          timer = setTimeout(done, ms);
        }),
      forget: () => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0) this.waiting.delete(commandId);
      },
    };
  }

  private wake(commandId: string | null): void {
    const waiters =
      commandId === null ? [...this.waiting.values()] : [this.waiting.get(commandId) ?? new Set<() => void>()];
    for (const set of waiters) for (const wake of set) wake();
  }
}
