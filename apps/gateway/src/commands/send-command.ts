import { createHash } from 'node:crypto';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import { type CommandSigner, DirectEvents, MILLRACE_NAMESPACE, uuidV5 } from '@millrace/messaging';
import { Idempotency, STARTED } from '@millrace/persistence';
import { unavailable } from '../doors/problem';
import { COMMAND_KEY } from '../persistence/command-log';
import { within } from '../within';
import type { CommandDefinition } from './command-table';

export interface CommandReceipt {
  readonly commandId: string;
  readonly command: string;
  readonly actor: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

export interface CommandRequest {
  readonly definition: CommandDefinition;
  /** As the definition's schema gave it. */
  readonly body: Record<string, unknown>;
  readonly actor: string;
  readonly idempotencyKey?: string;
}

const SENT = 'SENT';
/** How long a caller waits for the broker; the record may still get there afterwards. */
export const SEND_LIMIT_MS = 5_000;

export interface SendCommandParts {
  readonly idempotency: Idempotency;
  readonly directEvents: DirectEvents;
  readonly signer: CommandSigner;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Puts a signed command on its owner's topic. With an Idempotency-Key the command id is derived from actor and key: whatever
 * happens between the row and the broker, a retry sends the same command id, and the owner lets it have one effect.
 */
export class SendCommand {
  constructor(private readonly parts: SendCommandParts) {}

  /**
   * @throws AppError IDEMPOTENCY_KEY_REUSED, InfrastructureError when the database or the schema registry is away,
   *   Problem 503 BROKER_AWAY when the broker does not acknowledge in time.
   */
  async send(request: CommandRequest): Promise<CommandReceipt> {
    const { idempotency, clock } = this.parts;
    const { definition, actor } = request;
    const commandId = this.idOf(request);
    const accepted = { commandId, command: definition.name, actor, topic: definition.topic, sentAt: clock.now() };
    const before = await idempotency.begin(COMMAND_KEY + commandId, hashOf(request), accepted);
    if (before && before.status !== STARTED) return before.response as CommandReceipt;
    const position = await within(SEND_LIMIT_MS, this.publish(request, commandId), () => brokerAway(commandId));
    const receipt = { ...accepted, ...position };
    await this.remember(receipt);
    return receipt;
  }

  private idOf({ actor, idempotencyKey }: CommandRequest): string {
    if (idempotencyKey === undefined) return this.parts.ids.uuid();
    return uuidV5(MILLRACE_NAMESPACE, JSON.stringify(['command', actor, idempotencyKey]));
  }

  private publish({ definition, body, actor }: CommandRequest, commandId: string) {
    const { directEvents, signer } = this.parts;
    return directEvents.command(definition.record, definition.keyOf(body), body as never, {
      id: commandId,
      actor,
      signer,
    });
  }

  /** The command is out: an answer that cannot be kept costs a second record with the same id, which has no effect. */
  private async remember(receipt: CommandReceipt): Promise<void> {
    const { idempotency, logger } = this.parts;
    await idempotency.finish(COMMAND_KEY + receipt.commandId, SENT, receipt).catch((error: Error) => {
      logger.warn({ commandId: receipt.commandId, reason: error.message }, 'The receipt of a command was not kept');
    });
  }
}

const hashOf = ({ definition, body }: CommandRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([definition.name, body]))
    .digest('hex');

const brokerAway = (commandId: string) =>
  unavailable(
    'BROKER_AWAY',
    `The broker did not take the command within ${SEND_LIMIT_MS / 1_000} s; it may still get there as ${commandId}. Repeat it with the same Idempotency-Key, which gives it one effect.`,
  );
