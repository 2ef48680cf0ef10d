import { patternOf, RotateLedgerKey } from '@millrace/contracts';
import { type Received, TrustedKeys } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LEDGER } from '../domain/ledger';
import { rotateLedgerKey } from '../domain/rotate-ledger-key';
import { LedgerKeys } from '../ledger/ledger-keys';
import { LedgerRepository } from '../persistence/ledger.repository';
import { contextOf } from './context';

@Controller()
export class OnRotateLedgerKeyHandler {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly keys: LedgerKeys,
    private readonly trusted: TrustedKeys,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RotateLedgerKey))
  async handle(@Payload() command: Received<RotateLedgerKey>): Promise<void> {
    const ledger = await this.repository.ledgers.load(LEDGER);
    const [signer, next] = [await this.keys.signerOf(ledger.state), await this.keys.next(ledger.state)];
    const context = contextOf(command, ledger, this.clock.now());
    const facts = rotateLedgerKey(ledger.state, command.data, this.trusted.installation, signer, next, context);
    await this.repository.ledgers.save(ledger, facts, command);
  }
}
