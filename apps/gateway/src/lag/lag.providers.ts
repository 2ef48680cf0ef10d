import type { Clock, Logger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { CLOCK, LOGGER, Metrics } from '@millrace/service';
import type { Provider } from '@nestjs/common';
import { LagHistory } from './lag-history';
import { addLagMetrics } from './lag-metrics';
import { ReadLag } from './read-lag';

export const lagProviders: Provider[] = [
  {
    provide: ReadLag,
    useFactory: (kafka: KafkaClient, metrics: Metrics, clock: Clock, logger: Logger) => {
      const lag = new ReadLag(kafka.admin, clock);
      addLagMetrics(metrics, lag, logger);
      return lag;
    },
    inject: [KafkaClient, Metrics, CLOCK, LOGGER],
  },
  {
    provide: LagHistory,
    useFactory: (lag: ReadLag, logger: Logger) => new LagHistory(lag, logger),
    inject: [ReadLag, LOGGER],
  },
];
