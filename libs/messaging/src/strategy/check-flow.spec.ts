import { RegisterSource, SnapshotDataset, Topics } from '@millrace/contracts';
import type { Flow } from '../flow/flow';
import { checkFlow } from './check-flow';

const flow: Flow = {
  service: 'ingestion',
  consumes: [
    { topic: Topics.ingestionCommands, mode: 'outbox', records: [RegisterSource, SnapshotDataset] },
    { topic: Topics.models, mode: 'fold', records: [] },
  ],
  emits: [],
};
const handlers = [
  'ingestion.commands.v1/io.millrace.ingestion.RegisterSource',
  'ingestion.commands.v1/io.millrace.ingestion.SnapshotDataset',
  'fold:registry.models.v1',
];

describe('messaging > checkFlow', () => {
  it('is content when flow and handlers agree', () => {
    expect(() => checkFlow(flow, handlers)).not.toThrow();
  });

  it('names a record without a handler and a handler without a record', () => {
    expect(() => checkFlow(flow, [...handlers.slice(1), 'x/y'])).toThrow(
      /no handler for .*RegisterSource; handlers that the flow does not name: x\/y/,
    );
  });
});
