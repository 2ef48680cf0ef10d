import { ClassifyModel, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { classifyModel } from '../domain/classify-model';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';
import { WeighWaiting } from './weigh-waiting';

@Controller()
export class OnClassifyModelHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly weighing: WeighWaiting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ClassifyModel))
  async handle(@Payload() command: Received<ClassifyModel>): Promise<void> {
    await this.repository.alone();
    const risk = await this.repository.risks.load(command.data.model);
    const facts = classifyModel(command.data, contextOf(command, risk, this.clock.now()));
    await this.repository.risks.save(risk, facts, command);
    await this.weighing.after(command);
  }
}
