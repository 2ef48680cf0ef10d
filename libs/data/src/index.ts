export { type RunJobOptions, runJob } from './child/run-job';
export { type JobContext, serveJob } from './child/serve-job';
export { DataError, type DataErrorCode } from './data-error';
export {
  type DatasetRecord,
  DatasetWriter,
  type DatasetWriterOptions,
  type WrittenDataset,
  type WrittenPart,
} from './dataset/dataset-writer';
export { fieldViews } from './dataset/field-views';
export { RecordDigest } from './dataset/record-digest';
export type { HoldOut, SplitKind } from './dataset/split';
export { type CsvOptions, type DataFile, type FileColumn, openDataFile } from './files/data-file';
export { fieldNames } from './files/field-name';
export { fileDigest } from './files/file-digest';
export { loadGroup } from './load/load-group';
export { type LoadOptions, type LoadProgress, type LoadReport, loadIntoTopic } from './load/load-into-topic';
export type { LoadBatch, LoadPort, LoadProducer, LoadScope } from './load/load-port';
export type { CellCounts, CellsAsked } from './profile/count-cells';
export { type Examination, type ExamineOptions, examineDataset } from './profile/examine-dataset';
export type { BrokenRow, DataPart, Measure } from './profile/measure-expectations';
export type {
  ColumnKind,
  ColumnProfile,
  Correlation,
  Histogram,
  LabelAssociation,
  Profile,
  ProfileSuspicion,
  SuspicionCode,
  TimeGap,
  ValueCount,
} from './profile/profile';
export { type FittedFile, fitFile } from './rows/fit-file';
export { countRows, type FieldValue, type ReadOptions, type RowBatch, readRows } from './rows/read-rows';
export { canonicalSelection, type RowCondition, type RowSelection } from './rows/row-selection';
export { type ProposedField, proposeSchema, type SchemaProposal } from './schema/propose-schema';
export { type FieldType, type TabularField, tabularFields } from './schema/tabular-schema';
export {
  type CategoryColumn,
  type LoadedTable,
  type LoadTableOptions,
  loadTable,
  type NumberColumn,
  type TableColumn,
  type TimestampColumn,
} from './table/load-table';
