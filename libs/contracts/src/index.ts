export * from './app-error';
export * from './built-in-policy';
export * from './clock';
export * from './crash-point';
export * from './decision';
export * from './error-codes';
export {
  type ColumnKind,
  type FieldView,
  holdsNumbers,
  inNumbers,
  inputRules,
  type RecordCheck,
  recordChecks,
  whyMeaningless,
} from './expectation-places';
export * from './expectations';
export * from './keepable-text';
export * from './logger';
export * from './rebuild-report';
export * from './records/governance';
export * from './records/inference';
export * from './records/ingestion';
export * from './records/learners';
export * from './records/ledger';
export * from './records/monitoring';
export * from './records/registry';
export * from './records/retraining';
export * from './records/shared';
export * from './records/training';
export * from './records/validation';
export * from './release-binding';
export { type AvroJson, avroOf } from './schema/avro-json';
export { isReservedField, isReservedWord } from './schema/reserved-words';
export { sampleOf } from './schema/sample';
export type { AnyRecordSchema, Infer, RecordSchema, Schema } from './schema/types';
export * from './topics/catalogue';
export * from './topics/dynamic';
export * from './topics/ledgered';
export * from './topics/progress-groups';
export * from './topics/serving-example';
export * from './topics/serving-schemas';
export * from './topics/topic';
