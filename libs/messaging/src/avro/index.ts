export {
  BoundedWalker,
  DEPTH_MAX,
  EMPTY_ITEMS_MAX,
  STEPS_FREE,
  STEPS_PER_BYTE,
  type WalkRefusal,
} from './bounded-walk';
export { AvroCodec, type AvroDecoder, DECODED_FIELDS_MAX } from './codec';
export {
  checkCompatibility,
  type Difference,
  type DifferenceType,
  describe as describeDifference,
} from './compatibility';
export {
  COMPATIBILITY_LEVELS,
  type CompatibilityLevel,
  checkLevel,
  compatibilityLevel,
  type EarlierVersion,
} from './compatibility-level';
export { crc64Avro, fingerprints } from './fingerprint';
export { FramedReader } from './framed-reader';
export { FRAME_BYTES, frame, refuseHeaderFraming, schemaIdOf, writeFrame } from './framing';
export { parseSchema, SCHEMA_LIMITS, type SchemaLimits } from './parse-schema';
export { type DecodeReason, UndecodableError } from './poison';
export {
  type RegisteredSchema,
  SchemaRegistryClient,
  type SchemaRegistrySettings,
  type SchemaSource,
} from './registry-client';
export { SchemaError, type SchemaErrorCode } from './schema-error';
export type {
  AvroArray,
  AvroEnum,
  AvroField,
  AvroFixed,
  AvroMap,
  AvroNamed,
  AvroNode,
  AvroPrimitive,
  AvroProps,
  AvroRecord,
  AvroSchema,
  AvroUnion,
  JsonValue,
  PrimitiveKind,
} from './schema-model';
export { isNamed, logicalTypeOf, namespaceOf, simpleName } from './schema-model';
export { canonicalForm } from './schema-text';
