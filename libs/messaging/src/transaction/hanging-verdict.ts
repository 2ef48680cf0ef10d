import type { BatchHeader } from '../records/batch-headers';

/** The last transaction of one producer in one partition, as the log shows it. Epochs are those of its data. */
export type Trace =
  | { readonly state: 'none' }
  | { readonly state: 'committed' | 'aborted'; readonly epoch: number }
  | { readonly state: 'hanging'; readonly firstEpoch: number; readonly lastEpoch: number };

/** Follows one producer through the batches of a partition, in log order. */
export function traceOf(producerId: bigint, headers: readonly BatchHeader[]): Trace {
  let trace: Trace = { state: 'none' };
  for (const { producerId: writer, producerEpoch: epoch, transactional, marker } of headers) {
    if (writer !== producerId || !transactional) continue;
    if (marker === null) {
      const firstEpoch: number = trace.state === 'hanging' ? trace.firstEpoch : epoch;
      trace = { state: 'hanging', firstEpoch, lastEpoch: epoch };
    } else if (trace.state === 'hanging') {
      trace = { state: marker === 'commit' ? 'committed' : 'aborted', epoch: trace.lastEpoch };
    }
  }
  return trace;
}

export type Verdict = 'commit' | 'abort' | 'undecidable';

export interface Evidence {
  /** Of every partition that the producer writes. */
  readonly traces: readonly Trace[];
  /** Epoch whose transaction committed the offset that the group holds now; -1 where none or another producer's. */
  readonly committedEpoch: number;
}

/**
 * What became of a transaction that its coordinator has closed, but whose marker a partition never got. The coordinator's
 * decision was one for all partitions, so a marker that did arrive anywhere tells it. Epochs rise with every transaction, and
 * no transaction follows an aborted one before this check is made: what is not newer than a commit was committed itself.
 * Where no marker arrived nobody has seen anything of it, and an abort is right.
 */
export function verdictOnRecords(trace: Trace, evidence: Evidence): Verdict {
  if (trace.state !== 'hanging') return 'abort';
  const seen = Math.max(evidence.committedEpoch, newestCommit(evidence.traces));
  if (trace.lastEpoch <= seen) return 'commit';
  return trace.firstEpoch > seen ? 'abort' : 'undecidable';
}

/** The same for the group's offset: it belongs to the newest commit whose own offset is not there yet. */
export function verdictOnOffset({ traces, committedEpoch }: Evidence): Verdict {
  return newestCommit(traces) > committedEpoch ? 'commit' : 'abort';
}

function newestCommit(traces: readonly Trace[]): number {
  return Math.max(-1, ...traces.map((trace) => (trace.state === 'committed' ? trace.epoch : -1)));
}
