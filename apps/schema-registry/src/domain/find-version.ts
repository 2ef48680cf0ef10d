import { type Refusal, schemaNotFound, subjectNotFound, versionNotFound } from './refusal';
import type { RegistryState, SchemaVersion } from './registry-state';

export const isRefusal = (value: object): value is Refusal => 'errorCode' in value;

/** A version of a subject; `latest` is the highest one that counts. */
export function findVersion(
  state: RegistryState,
  subject: string,
  version: number | 'latest',
  includeDeleted: boolean,
): SchemaVersion | Refusal {
  const versions = state.versions(subject, includeDeleted);
  if (versions.length === 0) return subjectNotFound(subject);
  const found = version === 'latest' ? versions.at(-1) : versions.find((candidate) => candidate.version === version);
  return found ?? versionNotFound(version);
}

/** Where a schema is registered under a subject, newest first. */
export function lookUpSchema(
  state: RegistryState,
  subject: string,
  text: string,
  includeDeleted: boolean,
): SchemaVersion | Refusal {
  const versions = state.versions(subject, includeDeleted);
  if (versions.length === 0) return subjectNotFound(subject);
  return versions.findLast((candidate) => candidate.type === 'AVRO' && candidate.text === text) ?? schemaNotFound();
}
