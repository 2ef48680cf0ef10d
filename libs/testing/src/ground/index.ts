export { type EventuallyOptions, eventually } from './eventually';
export { type TestGround, testGround, uniqueName } from './test-ground';
export { type TestSchema, type TestSchemaOptions, withTestSchema } from './test-schema';
export { trimTopic } from './trim-topic';
