import {
  DatasetRefused,
  DatasetRegistered,
  EndpointCreated,
  ExpectationSetDefined,
  ExpectationSetDerived,
  OutcomeContradicted,
  RegisterSource,
  SnapshotDataset,
  SortingChanged,
  SourceRefused,
  SourceRegistered,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/**
 * Raw topics come with their sources and are consumed by lanes (lanes/source-lanes.ts), group `ingestion.<raw topic>`;
 * responses and outcomes come with their endpoints (join/endpoint-joins.ts), group `ingestion.join.<endpoint>.v<major>`.
 */
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
    { topic: Topics.endpoints, mode: 'broadcast', from: 'first', records: [EndpointCreated] },
    {
      topic: Topics.expectations,
      mode: 'broadcast',
      from: 'first',
      records: [ExpectationSetDefined, ExpectationSetDerived],
    },
  ],
  emits: [SourceRegistered, SourceRefused, DatasetRegistered, DatasetRefused, OutcomeContradicted, SortingChanged],
};
