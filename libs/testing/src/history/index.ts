export { assertCleanHistory, checkHistory, type HistoryReport } from './check-history';
export { digestOf, inboxOf, outboxOf, partitionLogOf, type Queryable } from './gather';
export {
  type ConsumerState,
  type History,
  type HistoryRecord,
  type LaneTopics,
  type Operation,
  type OutboxEntry,
  type OutboxState,
  type PartitionLog,
  type Position,
  type TransitionRule,
  UNREADABLE,
  type WindowCount,
} from './history';
export { type OpenOperation, OperationRecorder } from './operation-recorder';
export { INVARIANTS, type InvariantId, type Violation } from './violation';
