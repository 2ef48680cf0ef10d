import type { Clock, Ids, Logger } from '@millrace/contracts';
import { KafkaClient, MessagingEvents, SchemaRegistryClient } from '@millrace/messaging';
import { Idempotency } from '@millrace/persistence';
import { CLOCK, IDS, LOGGER, Metrics, SETTINGS } from '@millrace/service';
import type { Provider } from '@nestjs/common';
import type { GatewaySettings } from '../gateway.settings';
import { EndpointDirectory } from './endpoint-directory';
import { FindEndpoint } from './find-endpoint';
import { Infer } from './infer';
import { CarryInfer } from './infer-call';
import { InferReadiness } from './infer-readiness';
import { RequestSender } from './request-sender';
import { ResponseInbox } from './response-inbox';
import { addServingMetric } from './serving-metric';

export const inferProviders: Provider[] = [
  {
    provide: EndpointDirectory,
    useFactory: (metrics: Metrics) => {
      const directory = new EndpointDirectory();
      addServingMetric(metrics, directory);
      return directory;
    },
    inject: [Metrics],
  },
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
    provide: FindEndpoint,
    useFactory: (directory: EndpointDirectory, readiness: InferReadiness) => new FindEndpoint(directory, readiness),
    inject: [EndpointDirectory, InferReadiness],
  },
  {
    provide: CarryInfer,
    useFactory: (kafka: KafkaClient, inbox: ResponseInbox, clock: Clock) =>
      new CarryInfer({ sender: new RequestSender(kafka.idempotentProducer()), inbox, clock }),
    inject: [KafkaClient, ResponseInbox, CLOCK],
  },
  {
    provide: Infer,
    useFactory: (
      settings: GatewaySettings,
      endpoints: FindEndpoint,
      carry: CarryInfer,
      idempotency: Idempotency,
      kafka: KafkaClient,
      schemas: SchemaRegistryClient,
      ids: Ids,
      logger: Logger,
    ) =>
      new Infer({
        endpoints,
        carry,
        idempotency,
        kafka,
        schemas,
        ids,
        logger,
        defaultTimeoutMs: settings.MILLRACE_INFER_DEADLINE,
      }),
    inject: [SETTINGS, FindEndpoint, CarryInfer, Idempotency, KafkaClient, SchemaRegistryClient, IDS, LOGGER],
  },
];
