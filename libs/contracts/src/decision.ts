/** What every decision of a service is told about the world: nothing else is read inside a `domain/`. */
export interface DecisionContext {
  /** Version of the aggregate before the decision. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly actor: string;
  /** Id of the command or fact that asks. */
  readonly causeId: string;
}

export interface Refusal {
  readonly reasonCode: string;
  readonly reason: string;
}

export const refusal = (reasonCode: string, reason: string): Refusal => ({ reasonCode, reason });

/** The members that every fact shares. */
export const stamp = ({ version, now }: DecisionContext) => ({ aggregateVersion: version + 1, occurredAt: now });

/** The members that every refusal event shares. `command` is the full record name of what was refused. */
export const refusalOf = (context: DecisionContext, command: string, { reasonCode, reason }: Refusal) => ({
  ...stamp(context),
  commandId: context.causeId,
  command,
  reasonCode,
  reason,
});

/** The refusal that an error means for whoever asked. */
export function refusalOfError(error: Error): Refusal {
  const code = (error as { code?: unknown }).code;
  return refusal(typeof code === 'string' ? code : 'INTERNAL', error.message);
}
