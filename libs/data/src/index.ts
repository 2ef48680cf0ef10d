export { DataError, type DataErrorCode } from './data-error';
export { type CsvOptions, type DataFile, type FileColumn, openDataFile } from './files/data-file';
export { fieldNames } from './files/field-name';
export { fileDigest } from './files/file-digest';
export { type FittedFile, fitFile } from './rows/fit-file';
export { countRows, type FieldValue, type ReadOptions, type RowBatch, readRows } from './rows/read-rows';
export { canonicalSelection, type RowCondition, type RowSelection } from './rows/row-selection';
export { type ProposedField, proposeSchema, type SchemaProposal } from './schema/propose-schema';
export { type FieldType, type TabularField, tabularFields } from './schema/tabular-schema';
