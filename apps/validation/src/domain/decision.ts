/** What every decision of this service is told about the world: nothing else is read inside `domain/`. */
export interface DecisionContext {
  /** Version of the aggregate before the decision. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly actor: string;
  /** Id of the command that asks. */
  readonly causeId: string;
}

export interface Refusal {
  readonly reasonCode: string;
  readonly reason: string;
}

export const refusal = (reasonCode: string, reason: string): Refusal => ({ reasonCode, reason });

/** The members that every refusal event shares. */
export function refusalOf(context: DecisionContext, command: string, { reasonCode, reason }: Refusal) {
  return {
    aggregateVersion: context.version + 1,
    occurredAt: context.now,
    commandId: context.causeId,
    command: `io.millrace.validation.${command}`,
    reasonCode,
    reason,
  };
}
