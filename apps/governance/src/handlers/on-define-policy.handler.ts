import { DefinePolicy, patternOf } from '@millrace/contracts';
import { digestOf } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { definePolicy } from '../domain/define-policy';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';
import { WeighWaiting } from './weigh-waiting';

@Controller()
export class OnDefinePolicyHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly weighing: WeighWaiting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(DefinePolicy))
  async handle(@Payload() command: Received<DefinePolicy>): Promise<void> {
    await this.repository.alone();
    const policy = await this.repository.policies.load(command.data.policy);
    const facts = definePolicy(policy.state, command.data, digestOf, contextOf(command, policy, this.clock.now()));
    await this.repository.policies.save(policy, facts, command);
    await this.weighing.after(command);
  }
}
