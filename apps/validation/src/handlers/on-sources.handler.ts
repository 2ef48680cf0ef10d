import { type SourceRegistered, Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { SourceFieldsRepository } from '../persistence/source-fields.repository';

@Controller()
export class OnSourcesHandler {
  constructor(private readonly fields: SourceFieldsRepository) {}

  @EventPattern<string>(foldOf(Topics.sources))
  async fold(@Payload() batch: Received<SourceRegistered>[]): Promise<void> {
    for (const { data } of batch) await this.fields.remember(data);
  }
}
