import {
  type ModelAliasSet,
  ModelAliasSet as ModelAliasSetRecord,
  SetModelAlias,
  silentLogger,
  Topics,
} from '@millrace/contracts';
import {
  AggregateStore,
  BaseTables1700000000000,
  createDataSource,
  DatabaseListener,
  Inbox,
  Outbox,
  Positions,
  RelayLock,
  UnitOfWork,
} from '@millrace/persistence';
import {
  ControlReader,
  Events,
  type FlowInput,
  FoldConsumer,
  MessagingEvents,
  OutboxConsumer,
  OutboxRelay,
  ProgressWatchdog,
  type Received,
  RecordEncoder,
  TrustedKeys,
} from '../src';
import { childSettings, connect, schemasOf, stay } from './child-settings';
import { type Counter, CounterTable1764000000001 } from './counter';

/**
 * `outbox`: each command appends its alias to the state of its model and says so (a fact with the next version).
 * `fold`: each batch of commands is appended to the state.
 */
async function main(mode: string): Promise<void> {
  const settings = childSettings();
  const client = await connect(settings);
  const schemas = schemasOf(settings);
  const place = {
    url: settings.databaseUrl,
    schema: settings.schema,
    migrations: [BaseTables1700000000000, CounterTable1764000000001],
  };
  const dataSource = await createDataSource(place, silentLogger);
  const unitOfWork = new UnitOfWork(dataSource);
  const outbox = new Outbox(unitOfWork, settings.schema);
  const events = new Events(outbox, new RecordEncoder(schemas, 'crash-child'), { now: Date.now });
  const counters = new AggregateStore<Counter>(unitOfWork, 'counters', () => ({ seen: [] }));
  const shared = {
    client,
    inputs: [{ topic: Topics.registryCommands, mode: mode as FlowInput['mode'], records: [SetModelAlias] }],
    readerOf: (input: FlowInput) => new ControlReader(schemas, input.records),
    unitOfWork,
    events,
    trustedKeys: TrustedKeys.fromJson('{"installation":"test","keys":[]}'),
    deadLetters: Topics.registryDeadLetters,
    onTrouble: () => {},
    watchdog: new ProgressWatchdog(Date.now),
    lifecycle: new MessagingEvents(),
    now: Date.now,
    logger: silentLogger,
  };
  const append = async (received: Received<SetModelAlias>): Promise<number> => {
    const { model, alias } = received.data;
    const { version, state } = await counters.load(model);
    await counters.save(model, version, version + 1, { seen: [...state.seen, alias] });
    return version + 1;
  };
  if (mode === 'outbox') {
    const relay = new OutboxRelay({
      outbox,
      lock: new RelayLock(place, 'relay', silentLogger),
      listener: new DatabaseListener(place, silentLogger),
      producer: client.idempotentProducer(),
      onTrouble: () => {},
      lifecycle: shared.lifecycle,
      logger: silentLogger,
    });
    relay.start();
    await new OutboxConsumer({
      ...shared,
      group: 'crash',
      inbox: new Inbox(unitOfWork),
      handle: async (received) => {
        const command = received as Received<SetModelAlias>;
        const { model, alias, version } = command.data;
        const data: ModelAliasSet = {
          aggregateVersion: await append(command),
          occurredAt: 0,
          model,
          alias,
          version,
          previous: null,
          by: 'x',
        };
        await events.append(ModelAliasSetRecord, model, data, command);
      },
    }).start();
  } else {
    await new FoldConsumer({
      ...shared,
      group: 'crash.fold',
      positions: new Positions(unitOfWork),
      handle: async (_, batch) => {
        for (const received of batch) await append(received as Received<SetModelAlias>);
      },
    }).start();
  }
  stay();
}

void main(process.argv[3] ?? 'outbox');
