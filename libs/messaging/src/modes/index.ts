export { BroadcastReader, type BroadcastReaderOptions } from './broadcast-reader';
export { FoldConsumer } from './fold-consumer';
export { FoldHost, type FoldHostOptions } from './fold-host';
export type { LaneLimits, LaneProcessor, LaneState, LaneStatus } from './lane';
export { LaneHost, type LaneHostOptions } from './lane-host';
export { LaneOutput } from './lane-output';
export { type MessagingEventMap, MessagingEvents } from './messaging-events';
export { OutboxConsumer } from './outbox-consumer';
export { OutboxRelay } from './outbox-relay';
