import { type DecisionContext, patternOf, RotateLedgerKey, refusalOf, refusalOfError } from '@millrace/contracts';
import { type Received, TrustedKeys } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LEDGER, type Ledger, type LedgerFact } from '../domain/ledger';
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
    const context = contextOf(command, ledger, this.clock.now());
    const facts = await this.decide(ledger.state, command.data, context);
    await this.repository.ledgers.save(ledger, facts, command);
  }

  /** A key that cannot be read or made is an answer too: the command would fail for ever. */
  private async decide(ledger: Ledger, command: RotateLedgerKey, context: DecisionContext): Promise<LedgerFact[]> {
    try {
      const signer = await this.keys.signerOf(ledger);
      const next = await this.keys.next(ledger);
      return rotateLedgerKey(ledger, command, this.trusted.installation, signer, next, context);
    } catch (error) {
      const why = refusalOfError(error as Error);
      return [{ type: 'LedgerRefused', data: refusalOf(context, RotateLedgerKey.fullName, why) }];
    }
  }
}
