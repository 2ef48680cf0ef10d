import {
  EndpointCreated,
  EndpointRetired,
  JobProgressed,
  LedgerKeyRotated,
  LedgerRefused,
  ReleaseActivated,
  ReleaseHalted,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';
import { COMMANDS } from './commands/command-table';

const folded = [
  Topics.sources,
  Topics.datasets,
  Topics.verdicts,
  Topics.expectations,
  Topics.runs,
  Topics.models,
  Topics.endpoints,
  Topics.releases,
  Topics.learners,
  Topics.quarantines,
  Topics.windows,
  Topics.alerts,
  Topics.retraining,
  Topics.risks,
  Topics.policies,
  Topics.approvals,
] as const;

export const gatewayFlow: Flow = {
  service: 'gateway',
  consumes: [
    ...folded.map((topic) => ({ topic, mode: 'fold' as const, records: topic.records })),
    { topic: Topics.treeHeads, mode: 'fold', records: [LedgerKeyRotated, LedgerRefused] },
    { topic: Topics.workerReports, mode: 'fold', records: [JobProgressed] },
    // What infer needs stands in memory, so that it answers while the database is away.
    { topic: Topics.endpoints, mode: 'broadcast', from: 'first', records: [EndpointCreated, EndpointRetired] },
    { topic: Topics.releases, mode: 'broadcast', from: 'first', records: [ReleaseActivated, ReleaseHalted] },
  ],
  emits: COMMANDS.map((command) => command.record),
};
