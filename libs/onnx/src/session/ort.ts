import type * as Ort from 'onnxruntime-node';

let loaded: typeof Ort | null = null;

/** ONNX Runtime, loaded when a session is first wanted: a process that only reads or judges files never pays for it. */
export function ort(): typeof Ort {
  loaded ??= require('onnxruntime-node') as typeof Ort;
  return loaded;
}
