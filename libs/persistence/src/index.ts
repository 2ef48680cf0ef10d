export { AggregateStore, createAggregateTable, type StoredAggregate } from './aggregates/aggregate-store';
export { createDataSource, pingDatabase } from './data-source';
export { asDatabaseError, isUniqueViolation } from './database-error';
export { DatabaseListener, type ListenerOptions, type OnNotify } from './listener';
export {
  digestOf,
  firstDifference,
  keyOf,
  qualified,
  type TableDigest,
} from './rebuild/compare-tables';
export { fillTable } from './rebuild/fill-table';
export {
  momentOf,
  type RecordedMoment,
  type RecordedPosition,
  type RecordedTable,
  recordMoment,
} from './rebuild/recorded-moment';
export { clearScratch, prepareScratch, scratchSchemaOf } from './rebuild/scratch-schema';
export { swapTables } from './rebuild/swap-tables';
export { TableUse } from './rebuild/table-use';
export { type HeldLock, RelayLock, type RelayLockOptions } from './relay-lock';
export { type ConnectionSettings, type DatabaseSettings, placeOf } from './settings';
export { BaseTables1700000000000 } from './tables/base-tables.migration';
export { Idempotency, type RememberedAnswer, STARTED } from './tables/idempotency';
export { Inbox, type RecordPosition } from './tables/inbox';
export { Outbox, type OutboxBacklog, type OutboxRow, type StoredOutboxRow } from './tables/outbox';
export { FencedError, Positions } from './tables/positions';
export {
  declaredTables,
  declareTable,
  type TableDeclaration,
  undeclaredTables,
} from './tables/table-registry';
export { type Isolation, UnitOfWork, type UnitOfWorkOptions } from './unit-of-work';
export { WorkLoop, type WorkLoopOptions } from './work/work-loop';
export { CREATE_WORK_ITEMS, WORK_CHANNEL, type WorkItem, WorkQueue } from './work/work-queue';
