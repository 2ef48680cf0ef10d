import { type EndpointCreated, Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LearnerRepository } from '../persistence/learner.repository';

@Controller()
export class OnEndpointsHandler {
  constructor(private readonly learners: LearnerRepository) {}

  @EventPattern<string>(foldOf(Topics.endpoints))
  async fold(@Payload() batch: Received<unknown>[]): Promise<void> {
    for (const { data } of batch) await this.learners.rememberEndpoint(data as EndpointCreated);
  }
}
