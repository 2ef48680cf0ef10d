import {
  DatasetRefused,
  DatasetRegistered,
  RegisterSource,
  SnapshotDataset,
  SourceRefused,
  SourceRegistered,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/** Raw topics come with their sources and are consumed by lanes (lanes/source-lanes.ts), group `ingestion.<raw topic>`. */
export const ingestionFlow: Flow = {
  service: 'ingestion',
  consumes: [
    {
      topic: Topics.ingestionCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [RegisterSource, SnapshotDataset],
    },
    { topic: Topics.sources, mode: 'broadcast', from: 'first', records: [SourceRegistered] },
  ],
  emits: [SourceRegistered, SourceRefused, DatasetRegistered, DatasetRefused],
};
