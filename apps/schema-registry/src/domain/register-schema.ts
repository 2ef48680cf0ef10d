import { accept, type Decision, refuse } from './decision';
import type { CompatibilityLevel } from './log-record';
import { incompatibleSchema } from './refusal';
import type { RegistryState, SchemaVersion } from './registry-state';
import { subjectProblem } from './subject-name';

/**
 * Checks a schema text against earlier versions (oldest first) under a level; answers the differences, none when it fits.
 * Handed in: the rules of Avro are not the registry's own.
 */
export type CompatibilityCheck = (
  level: CompatibilityLevel,
  text: string,
  earlier: readonly SchemaVersion[],
) => readonly string[];

/**
 * Registers a schema: the id it has under the subject already, else a new version. The same text has the same id under
 * every subject; ids and versions only grow, and are not given again after a delete.
 *
 * @param text the schema as `parseSchema` prints it, so that white space and attribute order make no new version.
 */
export function registerSchema(
  state: RegistryState,
  subject: string,
  text: string,
  check: CompatibilityCheck,
): Decision<{ id: number }> {
  const problem = subjectProblem(subject);
  if (problem) return refuse(problem);
  const earlier = state.versions(subject, false);
  const existing = earlier.find((version) => version.type === 'AVRO' && version.text === text);
  if (existing) return accept({ id: existing.id });
  const messages = check(state.levelInForce(subject), text, earlier);
  if (messages.length > 0) return refuse(incompatibleSchema(subject, messages));
  const id = state.idFor(text);
  const version = state.nextVersion(subject);
  return accept({ id }, { kind: 'schema', subject, version, id, text, type: 'AVRO', deleted: false });
}
