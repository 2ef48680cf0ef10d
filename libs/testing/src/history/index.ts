export { assertCleanHistory, checkHistory, type HistoryReport } from './check-history';
export { digestOf, inboxOf, outboxOf, partitionLogOf, type Queryable } from './gather';
export {
  type Activation,
  type ConsumerState,
  type Grant,
  type History,
  type HistoryRecord,
  type LaneTopics,
  type Ledger,
  type Operation,
  type OutboxEntry,
  type OutboxState,
  type PartitionLog,
  type Position,
  type TableHash,
  type TransitionRule,
  UNREADABLE,
  type WindowCount,
} from './history';
export { type OpenOperation, OperationRecorder } from './operation-recorder';
export { INVARIANTS, type InvariantId, type Violation } from './violation';
