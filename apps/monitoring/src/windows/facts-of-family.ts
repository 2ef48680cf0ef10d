import { Topics } from '@millrace/contracts';
import { type Cause, controlEventId } from '@millrace/messaging';

/** Makes the facts about the windows of a family, in their order, behind a version of it. */
export function factsOfFamily(family: string, versionBefore: number, cause: string) {
  let version = versionBefore;
  return <T extends object>(data: T) => {
    const aggregateVersion = ++version;
    return {
      key: family,
      data: { ...data, aggregateVersion },
      id: controlEventId(Topics.windows.name, family, aggregateVersion),
      cause: { id: cause, correlationId: family, traceparent: null } satisfies Cause,
    };
  };
}
