export type { Protocol } from './connection-pair';
export { FaultProxy, type FaultProxyOptions, type FlipByte } from './fault-proxy';
export type { Direction, Fault, HeldRequest, RequestMatch } from './faults';
export { ApiKey, type RequestFrame } from './kafka-frame';
