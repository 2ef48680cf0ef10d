import { accept, type Decision, refuse } from './decision';
import { COMPATIBILITY_LEVELS, type CompatibilityLevel } from './log-record';
import { compatibilityNotConfigured, invalidCompatibilityLevel, type Refusal, subjectNotFound } from './refusal';
import type { RegistryState } from './registry-state';
import { subjectProblem } from './subject-name';

/** Sets the level of a subject, or the global one (null). `level` is foreign text, in any case. */
export function setCompatibility(
  state: RegistryState,
  subject: string | null,
  level: unknown,
): Decision<{ compatibility: CompatibilityLevel }> {
  const problem = subject === null ? undefined : subjectProblem(subject);
  if (problem) return refuse(problem);
  const upper = typeof level === 'string' ? level.toUpperCase() : undefined;
  const compatibility = COMPATIBILITY_LEVELS.find((known) => known === upper);
  if (!compatibility) return refuse(invalidCompatibilityLevel());
  if (state.configuredLevel(subject) === compatibility) return accept({ compatibility });
  return accept({ compatibility }, { kind: 'config', subject, level: compatibility });
}

/** Goes back to the global level (subject) or to the default (null). Answers the level that was configured. */
export function resetCompatibility(
  state: RegistryState,
  subject: string | null,
): Decision<{ compatibilityLevel: CompatibilityLevel }> {
  const configured = state.configuredLevel(subject);
  if (configured !== undefined)
    return accept({ compatibilityLevel: configured }, { kind: 'config', subject, level: null });
  return subject === null ? accept({ compatibilityLevel: state.levelInForce(null) }) : refuse(subjectNotFound(subject));
}

/** The level of a subject; with `defaultToGlobal` the one in force where the subject has none. */
export function compatibilityOf(
  state: RegistryState,
  subject: string | null,
  defaultToGlobal: boolean,
): { compatibilityLevel: CompatibilityLevel } | Refusal {
  if (subject === null || defaultToGlobal) return { compatibilityLevel: state.levelInForce(subject) };
  const compatibilityLevel = state.configuredLevel(subject);
  return compatibilityLevel ? { compatibilityLevel } : compatibilityNotConfigured(subject);
}
