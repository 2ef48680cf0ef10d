import type { RecordCheck } from '@millrace/contracts';

export interface Judgement {
  /** The first ERROR rule that the record breaks: it goes to quarantine. */
  readonly broken: { readonly rule: string; readonly reason: string } | null;
  /** Ids of the WARNING rules that it breaks: counted, nothing more. */
  readonly warnings: readonly string[];
}

const FINE: Judgement = { broken: null, warnings: [] };

/** Judges a decoded record by checks in their order. */
export function judgeRecord(checks: readonly RecordCheck[], record: Readonly<Record<string, unknown>>): Judgement {
  let warnings: string[] | null = null;
  for (const { rule, isBroken, sentence } of checks) {
    const value = record[rule.column];
    if (!isBroken(value)) continue;
    if (rule.severity === 'ERROR')
      return { broken: { rule: rule.id, reason: sentence(value) }, warnings: warnings ?? [] };
    warnings = [...(warnings ?? []), rule.id];
  }
  return warnings === null ? FINE : { broken: null, warnings };
}
