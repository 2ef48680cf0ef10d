import path from 'node:path';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import { DirectEvents, KafkaClient, MessagingEvents, SchemaRegistryClient, TrustedKeys } from '@millrace/messaging';
import { DatabaseListener, Idempotency, UnitOfWork } from '@millrace/persistence';
import { CLOCK, IDS, LOGGER, SETTINGS } from '@millrace/service';
import { Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AnsweredCommands } from './commands/answered-commands';
import { SendCommand } from './commands/send-command';
import { DOORS } from './doors/doors';
import { ProblemFilter } from './doors/problem.filter';
import type { GatewaySettings } from './gateway.settings';
import { GatewayLife } from './gateway-life';
import { FoldFactsHandler } from './handlers/fold-facts.handler';
import { FollowEndpointsHandler } from './handlers/follow-endpoints.handler';
import { AccessGuard } from './identity/access.guard';
import { ApiKeys } from './identity/api-keys';
import { loadCommandSigner } from './identity/command-signer';
import { EndpointDirectory } from './infer/endpoint-directory';
import { Infer } from './infer/infer';
import { CarryInfer } from './infer/infer-call';
import { InferReadiness } from './infer/infer-readiness';
import { ResponseInbox } from './infer/response-inbox';
import { CountTopics } from './live/count-topics';
import { FlowMeter } from './live/flow-meter';
import { LiveFeed } from './live/live-feed';
import { RecordCounter } from './live/record-counter';
import { ServiceBoard } from './live/service-board';
import { TakeSnapshot } from './live/take-snapshot';
import { CommandLog } from './persistence/command-log';
import { ViewStore } from './persistence/view-store';

const DEFAULT_KEYS = '.millrace/keys';

const identity: Provider[] = [
  {
    provide: ApiKeys,
    useFactory: (settings: GatewaySettings) => ApiKeys.fromFile(settings.MILLRACE_API_KEYS),
    inject: [SETTINGS],
  },
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_FILTER, useFactory: (logger: Logger) => new ProblemFilter(logger), inject: [LOGGER] },
];

const commands: Provider[] = [
  CommandLog,
  { provide: Idempotency, useFactory: (unitOfWork: UnitOfWork) => new Idempotency(unitOfWork), inject: [UnitOfWork] },
  {
    provide: AnsweredCommands,
    useFactory: (listener: DatabaseListener) => new AnsweredCommands(listener),
    inject: [DatabaseListener],
  },
  {
    provide: SendCommand,
    useFactory: async (
      settings: GatewaySettings,
      trusted: TrustedKeys,
      idempotency: Idempotency,
      directEvents: DirectEvents,
      ids: Ids,
      clock: Clock,
      logger: Logger,
    ) => {
      const file = path.join(settings.MILLRACE_KEYS ?? DEFAULT_KEYS, 'gateway.private.pem');
      const signer = await loadCommandSigner(file, settings.MILLRACE_GATEWAY_KEY_ID, trusted);
      return new SendCommand({ idempotency, directEvents, signer, ids, clock, logger });
    },
    inject: [SETTINGS, TrustedKeys, Idempotency, DirectEvents, IDS, CLOCK, LOGGER],
  },
];

const infer: Provider[] = [
  EndpointDirectory,
  {
    provide: ResponseInbox,
    useFactory: (kafka: KafkaClient, schemas: SchemaRegistryClient, ids: Ids, logger: Logger) =>
      new ResponseInbox(kafka, schemas, ids.uuid(), logger),
    inject: [KafkaClient, SchemaRegistryClient, IDS, LOGGER],
  },
  {
    provide: InferReadiness,
    useFactory: (events: MessagingEvents, inbox: ResponseInbox) => new InferReadiness(events, inbox),
    inject: [MessagingEvents, ResponseInbox],
  },
  {
    provide: CarryInfer,
    useFactory: (kafka: KafkaClient, inbox: ResponseInbox, clock: Clock) =>
      new CarryInfer({ producer: kafka.idempotentProducer(), inbox, clock }),
    inject: [KafkaClient, ResponseInbox, CLOCK],
  },
  {
    provide: Infer,
    useFactory: (
      settings: GatewaySettings,
      directory: EndpointDirectory,
      carry: CarryInfer,
      idempotency: Idempotency,
      kafka: KafkaClient,
      schemas: SchemaRegistryClient,
      ids: Ids,
      logger: Logger,
    ) =>
      new Infer({
        directory,
        carry,
        idempotency,
        kafka,
        schemas,
        ids,
        logger,
        defaultTimeoutMs: settings.MILLRACE_INFER_DEADLINE,
      }),
    inject: [SETTINGS, EndpointDirectory, CarryInfer, Idempotency, KafkaClient, SchemaRegistryClient, IDS, LOGGER],
  },
];

const live: Provider[] = [
  { provide: RecordCounter, useFactory: (kafka: KafkaClient) => new RecordCounter(kafka), inject: [KafkaClient] },
  {
    provide: CountTopics,
    useFactory: (kafka: KafkaClient, counter: RecordCounter) => new CountTopics(kafka.admin, counter),
    inject: [KafkaClient, RecordCounter],
  },
  {
    provide: ServiceBoard,
    useFactory: (kafka: KafkaClient, schemas: SchemaRegistryClient, clock: Clock, logger: Logger) =>
      new ServiceBoard(kafka, schemas, clock, logger),
    inject: [KafkaClient, SchemaRegistryClient, CLOCK, LOGGER],
  },
  {
    provide: TakeSnapshot,
    useFactory: (
      directory: EndpointDirectory,
      inbox: ResponseInbox,
      views: ViewStore,
      board: ServiceBoard,
      counts: CountTopics,
      clock: Clock,
      logger: Logger,
    ) =>
      new TakeSnapshot({
        directory,
        inbox,
        views,
        board,
        counts,
        clock,
        logger,
        meter: new FlowMeter(clock),
      }),
    inject: [EndpointDirectory, ResponseInbox, ViewStore, ServiceBoard, CountTopics, CLOCK, LOGGER],
  },
  {
    provide: LiveFeed,
    useFactory: (snapshot: TakeSnapshot, logger: Logger) => new LiveFeed(() => snapshot.take(), logger),
    inject: [TakeSnapshot, LOGGER],
  },
];

@Module({
  controllers: [...DOORS, FoldFactsHandler, FollowEndpointsHandler],
  providers: [ViewStore, ...identity, ...commands, ...infer, ...live, GatewayLife],
})
export class GatewayModule {}
