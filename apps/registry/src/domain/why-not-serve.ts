import { type Refusal, refusal } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import type { ModelVersion } from './model';
import { unservable } from './refuse-release';
import { liveRelease, type Releases } from './release';
import { differences } from './release-fits';

export interface Asked {
  readonly releases: Releases;
  /** Name of the endpoint. */
  readonly name: string;
  readonly model: string;
  /** Of the version, whether it exists or not. */
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly version: ModelVersion | undefined;
  readonly major: number;
}

/** Why an endpoint cannot begin to serve a version in one of its majors; asked when it is proposed, and again when it is granted. */
export function whyNotServe({ releases, name, model, number, endpoint, version, major }: Asked): Refusal | null {
  const named = `${model}:${number}`;
  if (endpoint.status !== 'LIVE') return unservable(name, endpoint.status);
  if (!version) return refusal('UNKNOWN_VERSION', `${named} does not exist: millrace model list names what does.`);
  const unfit = differences(endpoint.majors[major - 1]!.signature, version.signature);
  if (unfit.length > 0)
    return refusal(
      'RELEASE_DOES_NOT_FIT',
      `${named} does not fit ${name} (major ${major}): ${unfit.join('; ')}. Make new topics beside the old: millrace endpoint create ${name} --from ${named} --major ${endpoint.majors.length + 1}.`,
    );
  const live = liveRelease(releases);
  if (live?.major === major && live.arms.length === 1 && live.arms[0]!.artifact.digest === version.artifact.digest)
    return refusal('ALREADY_LIVE', `${name} serves these bytes already (revision ${live.revision}).`);
  return null;
}
