/**
 * Stands as metadata beside each offset that a transaction commits: which producer and epoch it was. After a broker has lost a
 * marker it tells whether a transaction's offset was committed (hanging-transactions.ts).
 */
export interface OffsetNote {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

const FORM = /^txn:(\d+):(\d+)$/;

export function offsetNote({ producerId, producerEpoch }: OffsetNote): string {
  return `txn:${producerId}:${producerEpoch}`;
}

/** Null for what somebody else wrote there. */
export function parseOffsetNote(metadata: string | null): OffsetNote | null {
  const found = FORM.exec(metadata ?? '');
  return found ? { producerId: BigInt(found[1]!), producerEpoch: Number(found[2]) } : null;
}
