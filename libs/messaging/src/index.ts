export * from './avro';
export * from './client';
export * from './envelope';
