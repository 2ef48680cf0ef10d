export * from './fault-proxy';
export * from './given-when-then';
export * from './ground';
export * from './history';
export * from './processes';
export * from './schema-registry';
export * from './service-under-test';
