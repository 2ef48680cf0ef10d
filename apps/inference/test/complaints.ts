import type { PredictionResponse } from '@millrace/contracts';

/**
 * What is wrong with the responses of an endpoint, in the order of its log: each request of each partition answered once, in
 * order; release revisions that never decrease; batches whose members name each other rightly.
 *
 * @param asked request ids by partition, in the order of sending; none of a partition that was not asked.
 */
export function complaintsAbout(
  responses: readonly PredictionResponse[],
  asked: readonly (readonly string[])[],
): string[] {
  return asked.flatMap((ids, partition) => {
    const lane = responses.filter(({ requestPartition }) => requestPartition === partition);
    return [...notExact(lane, ids), ...goesBack(lane), ...brokenBatches(lane)].map((text) => `${partition}: ${text}`);
  });
}

function notExact(lane: readonly PredictionResponse[], ids: readonly string[]): string[] {
  const length = Math.max(lane.length, ids.length);
  const at = Array.from({ length }, (_, index) => index).find((index) => lane[index]?.requestId !== ids[index]);
  if (at === undefined) return [];
  return [
    `response ${at} of ${lane.length} is to ${lane[at]?.requestId}, request ${at} of ${ids.length} is ${ids[at]}`,
  ];
}

function goesBack(lane: readonly PredictionResponse[]): string[] {
  return lane.slice(1).flatMap((response, index) => {
    const before = lane[index]!;
    const offset = response.requestOffset <= before.requestOffset ? [`${response.requestId} is out of order`] : [];
    const revision =
      response.releaseRevision < before.releaseRevision ? [`${response.requestId} is of older rule`] : [];
    return [...offset, ...revision];
  });
}

function brokenBatches(lane: readonly PredictionResponse[]): string[] {
  const batches = new Map<string, PredictionResponse[]>();
  for (const response of lane) {
    if (!response.decision) continue;
    const name = `${response.decision.batch.firstOffset}/${response.decision.modelDigest}`;
    batches.set(name, [...(batches.get(name) ?? []), response]);
  }
  return [...batches].flatMap(([name, members]) => {
    const whole = members.every(
      ({ decision }, index) => decision!.batch.index === index && decision!.batch.size === members.length,
    );
    const begins = members[0]!.requestOffset === members[0]!.decision!.batch.firstOffset;
    return whole && begins ? [] : [`batch ${name} is not whole`];
  });
}
