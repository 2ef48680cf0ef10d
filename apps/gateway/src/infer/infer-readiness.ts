import { MessagingEvents } from '@millrace/messaging';
import type { ResponseInbox } from './response-inbox';

/** Whether infer can work: it knows all endpoints and reads their responses. The database has no part in it. */
export class InferReadiness {
  private endpointsKnown = false;

  constructor(
    events: MessagingEvents,
    private readonly inbox: ResponseInbox,
  ) {
    events.on('broadcastsComplete', () => {
      this.endpointsKnown = true;
    });
  }

  ready(): boolean {
    return this.endpointsKnown && this.inbox.trouble() === null;
  }
}
