import { addOffsetsToTxn } from './add-offsets-to-txn';
import { addPartitionsToTxn } from './add-partitions-to-txn';
import { apiVersions } from './api-versions';
import { endTxn } from './end-txn';
import { fetchApi } from './fetch';
import { initProducerId } from './init-producer-id';
import { listOffsets } from './list-offsets';
import { offsetCommit } from './offset-commit';
import { offsetFetch } from './offset-fetch';
import { produceApi } from './produce';
import { txnOffsetCommit } from './txn-offset-commit';
import type { WireApi } from './wire-api';

/** Every API that goes through codecs of our own, at the one version we speak; a broker must offer them all. */
export const spokenApis: readonly Pick<
  WireApi<unknown, { throttleTimeMs: number }>,
  'key' | 'name' | 'version' | 'decode' | 'responseHeader'
>[] = [
  produceApi,
  fetchApi,
  listOffsets,
  offsetCommit,
  offsetFetch,
  apiVersions,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  txnOffsetCommit,
];
