import { type DatasetRegistered, Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { DatasetRepository } from '../persistence/dataset.repository';

@Controller()
export class OnDatasetsHandler {
  constructor(private readonly datasets: DatasetRepository) {}

  @EventPattern<string>(foldOf(Topics.datasets))
  async fold(@Payload() batch: Received<unknown>[]): Promise<void> {
    for (const { data } of batch) await this.datasets.remember(data as DatasetRegistered);
  }
}
