import { findVersion, isRefusal } from './find-version';
import type { Refusal } from './refusal';
import type { CompatibilityCheck } from './register-schema';
import type { RegistryState } from './registry-state';

/** What registering the schema would answer: the differences under the subject's level, none when it would be accepted. */
export function testCompatibility(
  state: RegistryState,
  subject: string,
  text: string,
  check: CompatibilityCheck,
): readonly string[] {
  return check(state.levelInForce(subject), text, state.versions(subject, false));
}

/** The same against one version. A subject without versions has no latest one to contradict. */
export function testCompatibilityWith(
  state: RegistryState,
  subject: string,
  version: number | 'latest',
  text: string,
  check: CompatibilityCheck,
): readonly string[] | Refusal {
  const found = findVersion(state, subject, version, false);
  if (!isRefusal(found)) return check(state.levelInForce(subject), text, [found]);
  return version === 'latest' ? [] : found;
}
