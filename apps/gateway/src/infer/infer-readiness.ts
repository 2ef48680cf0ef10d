import { MessagingEvents } from '@millrace/messaging';
import type { ResponseInbox } from './response-inbox';

/** Whether infer can work: it knows all endpoints and reads their responses. The database has no part in it. */
export class InferReadiness {
  private complete = false;

  constructor(
    events: MessagingEvents,
    private readonly inbox: ResponseInbox,
  ) {
    events.on('broadcastsComplete', () => {
      this.complete = true;
    });
  }

  /** Whether every endpoint that there was at the start is known by now. */
  get endpointsKnown(): boolean {
    return this.complete;
  }

  ready(): boolean {
    return this.complete && this.inbox.trouble() === null;
  }
}
