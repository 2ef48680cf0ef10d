import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { ort } from './ort';

/** CPU levels that change which kernels ONNX Runtime picks, best first (x86-64 flags as Linux names them). */
const LEVELS = ['avx512f', 'avx2', 'avx', 'sse4_1'];

/**
 * Everything that decides the bits of an answer beside model and input: ONNX Runtime version, provider, threads, CPU
 * feature level. Two runs with equal names must agree bit for bit (ARCHITECTURE rule 5).
 */
export function runtimeName(): string {
  const { env } = ort();
  return `onnxruntime-node/${env.versions.node ?? env.versions.common} cpu threads=1 ${arch()}-${cpuLevel()}`;
}

function cpuLevel(): string {
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1]?.trim().split(/\s+/));
    return LEVELS.find((level) => flags.has(level)) ?? 'base';
  } catch {
    // Not Linux: the processor's name stands for its level.
    return (cpus()[0]?.model ?? 'unknown').trim().replaceAll(/\s+/g, '-').toLowerCase();
  }
}
