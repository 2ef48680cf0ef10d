export * from './app-error';
export * from './crash-point';
export * from './logger';
