export * from './avro';
export * from './envelope';
