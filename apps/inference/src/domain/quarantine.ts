import type { LiftQuarantine, ModelQuarantined, QuarantineLifted, QuarantineRefused } from '@millrace/contracts';
import { DEATH_WINDOW_MS } from './count-deaths';

export interface Quarantine {
  readonly version: number;
  readonly quarantined: boolean;
}

export type QuarantineFact =
  | { readonly type: 'ModelQuarantined'; readonly data: ModelQuarantined }
  | { readonly type: 'QuarantineLifted'; readonly data: QuarantineLifted }
  | { readonly type: 'QuarantineRefused'; readonly data: QuarantineRefused };

export const noQuarantine = (): Quarantine => ({ version: 0, quarantined: false });

export function evolveQuarantine(quarantine: Quarantine, fact: QuarantineFact): Quarantine {
  const version = fact.data.aggregateVersion;
  // A repeat after a crash has a version that was seen already.
  if (version <= quarantine.version) return quarantine;
  if (fact.type === 'QuarantineRefused') return { ...quarantine, version };
  return { version, quarantined: fact.type === 'ModelQuarantined' };
}

/** The third death inside a model within the window; nothing when it is in quarantine already. */
export function quarantineModel(
  quarantine: Quarantine,
  digest: string,
  deaths: number,
  lastDeath: string,
  now: number,
): QuarantineFact[] {
  if (quarantine.quarantined) return [];
  const data = {
    aggregateVersion: quarantine.version + 1,
    occurredAt: now,
    digest,
    deaths,
    withinMs: DEATH_WINDOW_MS,
    lastDeath,
  };
  return [{ type: 'ModelQuarantined', data }];
}

export function liftQuarantine(
  quarantine: Quarantine,
  command: LiftQuarantine,
  context: { readonly now: number; readonly actor: string; readonly commandId: string },
): QuarantineFact {
  const base = { aggregateVersion: quarantine.version + 1, occurredAt: context.now, digest: command.digest };
  if (quarantine.quarantined)
    return { type: 'QuarantineLifted', data: { ...base, reason: command.reason, by: context.actor } };
  return {
    type: 'QuarantineRefused',
    data: {
      ...base,
      commandId: context.commandId,
      command: 'io.millrace.inference.LiftQuarantine',
      reasonCode: 'NOT_QUARANTINED',
      reason: `The model ${command.digest.slice(0, 16)}... is not in quarantine.`,
    },
  };
}
