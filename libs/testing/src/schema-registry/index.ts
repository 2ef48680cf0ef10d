export { MemoryRegistry } from './memory-registry';
