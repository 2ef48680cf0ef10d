export * from './fault-proxy';
export * from './ground';
