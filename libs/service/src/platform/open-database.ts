import type { Clock } from '@millrace/contracts';
import type { IdempotentProducer, MessagingEvents, RecordEncoder } from '@millrace/messaging';
import { Events, type KafkaClient, OutboxRelay } from '@millrace/messaging';
import {
  createDataSource,
  DatabaseListener,
  type DatabaseSettings,
  Inbox,
  Outbox,
  Positions,
  pingDatabase,
  RelayLock,
  TableUse,
  UnitOfWork,
  WorkQueue,
} from '@millrace/persistence';
import type { Provider } from '@nestjs/common';
import { untilReachable } from '../lifecycle/until-reachable';
import { Housekeeping } from './housekeeping';
import type { ProcessContext } from './process-context';
import { databaseSchemaOf } from './process-identity';

export interface DatabaseOptions {
  readonly url: string;
  readonly entities: Function[];
  readonly migrations: Function[];
  readonly kafka: KafkaClient;
  readonly encoder: RecordEncoder;
  readonly lifecycle: MessagingEvents;
}

/** The tables of one schema, and what repositories and handlers need of them. */
export interface Tables {
  readonly unitOfWork: UnitOfWork;
  readonly inbox: Inbox;
  readonly positions: Positions;
  readonly events: Events;
  readonly outbox: Outbox;
  /** What `PlatformModule` exports of it. */
  readonly providers: Provider[];
}

/** A service's own schema, migrated, and all that stands on it. */
export interface Database extends Tables {
  /** Publishes what the service says; runs until the process stops. */
  readonly relay: OutboxRelay;
  readonly housekeeping: Housekeeping;
  readonly relayProducer: IdempotentProducer;
}

/**
 * Opens the database, waiting for it if need be, migrates the schema and makes the outbox relay and the housekeeping (which the caller starts).
 * The only file that loads the persistence library: services without tables never pay for it.
 */
export async function openDatabase(context: ProcessContext, options: DatabaseOptions): Promise<Database> {
  const { service, clock, logger, health, shutdown, stopping } = context;
  const schema = databaseSchemaOf(service, options.kafka.prefix);
  const { url, entities, migrations } = options;
  const settings: DatabaseSettings = { url, schema, applicationName: `millrace-${service}`, entities, migrations };
  const log = logger.child({ part: 'database' });
  const reach = { name: 'database', health, logger, signal: stopping };
  const dataSource = await untilReachable(() => createDataSource(settings, log), reach);
  shutdown.opened('database', () => dataSource.destroy());
  health.probe('database', async () => (await pingDatabase(dataSource))?.message ?? null);

  const use = await TableUse.begin(settings, log, stopping);
  shutdown.opened('use of the tables', () => use.end());

  const listener = new DatabaseListener(settings, log);
  shutdown.opened('database listener', () => listener.close());
  const tables = tablesOf(dataSource, schema, { ...options, clock, listener });
  const relayProducer = options.kafka.idempotentProducer();
  watchOutbox(context, tables.outbox);
  return {
    ...tables,
    relay: relayOf(context, options, { outbox: tables.outbox, settings, listener, producer: relayProducer }),
    housekeeping: new Housekeeping({
      outbox: tables.outbox,
      inbox: tables.inbox,
      admin: options.kafka.admin,
      logger: logger.child({ part: 'housekeeping' }),
    }),
    relayProducer,
  };
}

/** What stands on the tables of a schema: the service's own, or those that a rebuild makes anew. */
export function tablesOf(
  dataSource: Awaited<ReturnType<typeof createDataSource>>,
  schema: string,
  parts: {
    readonly encoder: RecordEncoder;
    readonly clock: Clock;
    readonly listener: DatabaseListener;
  },
): Tables {
  const { encoder, clock, listener } = parts;
  const unitOfWork = new UnitOfWork(dataSource);
  const outbox = new Outbox(unitOfWork, schema);
  const events = new Events(outbox, encoder, clock);
  const positions = new Positions(unitOfWork);
  return {
    unitOfWork,
    inbox: new Inbox(unitOfWork),
    positions,
    events,
    outbox,
    providers: [
      { provide: UnitOfWork, useValue: unitOfWork },
      { provide: Events, useValue: events },
      { provide: Outbox, useValue: outbox },
      { provide: Positions, useValue: positions },
      { provide: WorkQueue, useValue: new WorkQueue(unitOfWork, () => clock.now()) },
      { provide: DatabaseListener, useValue: listener },
    ],
  };
}

function relayOf(
  { service, health, logger }: ProcessContext,
  { lifecycle }: DatabaseOptions,
  parts: { outbox: Outbox; settings: DatabaseSettings; listener: DatabaseListener; producer: IdempotentProducer },
): OutboxRelay {
  const log = logger.child({ part: 'outbox relay' });
  let trouble: Error | null = null;
  health.report('outbox relay', () => trouble?.message ?? null);
  return new OutboxRelay({
    outbox: parts.outbox,
    lock: new RelayLock(parts.settings, `${service}.relay`, log),
    listener: parts.listener,
    producer: parts.producer,
    lifecycle,
    logger: log,
    onTrouble: (error) => {
      trouble = error;
    },
  });
}

/** Read at a scrape; a database that is away has no figures then, and /health/ready says so. */
function watchOutbox({ metrics }: ProcessContext, outbox: Outbox): void {
  const pending = () => outbox.pending().catch(() => null);
  metrics.gauge('millrace_outbox_rows', 'Rows of the outbox that wait to be published.', [], async (set) => {
    const backlog = await pending();
    if (backlog) set(backlog.rows);
  });
  metrics.gauge(
    'millrace_outbox_oldest_seconds',
    'Age of the oldest row that waits to be published.',
    [],
    async (set) => {
      const backlog = await pending();
      if (backlog) set(backlog.oldestMs / 1_000);
    },
  );
}
