import type { Clock, Logger } from '@millrace/contracts';
import { KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { CLOCK, LOGGER } from '@millrace/service';
import type { Provider } from '@nestjs/common';
import { EndpointDirectory } from '../infer/endpoint-directory';
import { ResponseInbox } from '../infer/response-inbox';
import { LagHistory } from '../lag/lag-history';
import { Glance } from '../persistence/glance';
import { CountTopics } from './count-topics';
import { FlowMeter } from './flow-meter';
import { LiveFeed } from './live-feed';
import { RecordCounter } from './record-counter';
import { ServiceBoard } from './service-board';
import { TakeSnapshot } from './take-snapshot';

export const liveProviders: Provider[] = [
  Glance,
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
      glance: Glance,
      board: ServiceBoard,
      counts: CountTopics,
      lag: LagHistory,
      clock: Clock,
      logger: Logger,
    ) =>
      new TakeSnapshot({
        directory,
        inbox,
        glance,
        board,
        counts,
        lag,
        clock,
        logger,
        meter: new FlowMeter(clock),
      }),
    inject: [EndpointDirectory, ResponseInbox, Glance, ServiceBoard, CountTopics, LagHistory, CLOCK, LOGGER],
  },
  {
    provide: LiveFeed,
    useFactory: (snapshot: TakeSnapshot, logger: Logger) => new LiveFeed(() => snapshot.take(), logger),
    inject: [TakeSnapshot, LOGGER],
  },
];
