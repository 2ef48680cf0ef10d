import { accept, type Decision, refuse } from './decision';
import { findVersion, isRefusal } from './find-version';
import { notPermitted, subjectNotFound, subjectSoftDeleted, versionSoftDeleted } from './refusal';
import type { RegistryState } from './registry-state';

/** Why nothing is ever deleted for good: records on topics that are kept name schemas by id. */
export const HARD_DELETE_REFUSED = notPermitted(
  'Permanent deletion is not supported: records on kept topics name schemas by id, and ids must stay readable. A soft delete hides the version.',
);

/** Soft deletes all versions of a subject and forgets its compatibility level. Answers the versions deleted now. */
export function deleteSubject(state: RegistryState, subject: string): Decision<number[]> {
  const versions = state.versions(subject, false);
  const last = versions.at(-1);
  if (!last)
    return refuse(state.versions(subject, true).length > 0 ? subjectSoftDeleted(subject) : subjectNotFound(subject));
  const answer = versions.map(({ version }) => version);
  const deletion = { kind: 'delete-subject', subject, version: last.version } as const;
  if (state.configuredLevel(subject) === undefined) return accept(answer, deletion);
  return accept(answer, deletion, { kind: 'config', subject, level: null });
}

/** Soft deletes one version. */
export function deleteVersion(state: RegistryState, subject: string, version: number | 'latest'): Decision<number> {
  const found = findVersion(state, subject, version, false);
  if (!isRefusal(found)) return accept(found.version, { ...found, kind: 'schema', deleted: true });
  if (version === 'latest') return refuse(found);
  const hidden = findVersion(state, subject, version, true);
  return refuse(isRefusal(hidden) ? hidden : versionSoftDeleted(subject, version));
}
