import { isMoved, KafkaCode } from '../wire/error-codes';
import { listOffsets } from '../wire/list-offsets';
import { offsetCommit } from '../wire/offset-commit';
import { offsetFetch } from '../wire/offset-fetch';
import { retrying } from './back-off';
import type { ClientContext } from './client-context';
import { brokerError, KafkaError } from './kafka-error';

/** Who commits: a member of the group at a generation; null for a group without members. */
export type GroupToken = { generation: number; memberId: string } | null;

const BUDGET_MS = 10_000;
/** How long an undecided transaction may hold an offset before we say so: a transaction's timeout, the broker's scan, and some. */
const UNSTABLE_BUDGET_MS = 90_000;
const UNSTABLE_WAIT_MS = 2;
const UNSTABLE_MAX_WAIT_MS = 200;

/** Offsets by partition for a timestamp of ListOffsets (-1 end, -2 start), each asked of its leader. Full topic name. */
export async function listOffsetsOf(
  context: ClientContext,
  topic: string,
  partitions: number[],
  timestamp: number,
  isolation: 0 | 1,
): Promise<Map<number, number>> {
  return retryMoved(context, topic, async () => {
    const offsets = new Map<number, number>();
    for (const [leader, led] of await byLeader(context, topic, partitions)) {
      const link = await context.links.get(leader, 'short');
      const request = {
        isolation,
        topics: [{ topic, partitions: led.map((partition) => ({ partition, timestamp })) }],
      };
      const { topics } = await link.call(listOffsets, request, context.requestTimeoutMs);
      for (const { partition, errorCode, offset } of topics[0]?.partitions ?? []) {
        failOn('ListOffsets', errorCode, topic, partition);
        offsets.set(partition, offset);
      }
    }
    return offsets;
  });
}

/** OffsetFetch with require_stable: waits while a transaction holds an offset undecided. Full names; -1 where nothing is committed. */
export async function fetchCommitted(
  context: ClientContext,
  group: string,
  topic: string,
  partitions: number[],
): Promise<Map<number, number>> {
  let unstableMs = UNSTABLE_WAIT_MS;
  const attempt = async () => {
    const link = await context.links.get(await context.map.coordinatorOf('group', group), 'short');
    const request = { group, topics: [{ topic, partitions }], requireStable: true };
    const { topics, errorCode } = await link.call(offsetFetch, request, context.requestTimeoutMs);
    failOnGroup('OffsetFetch', errorCode, group);
    const offsets = new Map<number, number>();
    for (const { partition, errorCode: code, offset } of topics[0]?.partitions ?? []) {
      failOn('OffsetFetch', code, topic, partition, group);
      offsets.set(partition, offset);
    }
    return offsets;
  };
  return retrying(UNSTABLE_BUDGET_MS, attempt, (error) => {
    if (error instanceof KafkaError && error.kafkaCode === KafkaCode.UNSTABLE_OFFSET_COMMIT) {
      const waitMs = unstableMs;
      unstableMs = Math.min(UNSTABLE_MAX_WAIT_MS, unstableMs * 2);
      return { waitMs };
    }
    return forgetGroup(context, group, error);
  });
}

/** Everything that a group has committed, as it stands: what a transaction holds undecided is not waited for. Full names. */
export async function fetchAllCommitted(
  context: ClientContext,
  group: string,
): Promise<Map<string, Map<number, number>>> {
  const attempt = async () => {
    const link = await context.links.get(await context.map.coordinatorOf('group', group), 'short');
    const request = { group, topics: null, requireStable: false };
    const { topics, errorCode } = await link.call(offsetFetch, request, context.requestTimeoutMs);
    failOnGroup('OffsetFetch', errorCode, group);
    return new Map(
      topics.map(({ topic, partitions }) => [
        topic,
        new Map(partitions.filter(({ offset }) => offset >= 0).map(({ partition, offset }) => [partition, offset])),
      ]),
    );
  };
  return retrying(BUDGET_MS, attempt, (error) => forgetGroup(context, group, error));
}

/** One OffsetFetch for one partition. Full names. @returns the commit as it stands, or 'unstable' while a transaction holds it */
export async function committedOnce(
  context: ClientContext,
  group: string,
  topic: string,
  partition: number,
  requireStable: boolean,
): Promise<{ offset: number; metadata: string | null } | 'unstable'> {
  const attempt = async () => {
    const link = await context.links.get(await context.map.coordinatorOf('group', group), 'short');
    const request = { group, topics: [{ topic, partitions: [partition] }], requireStable };
    const { topics, errorCode } = await link.call(offsetFetch, request, context.requestTimeoutMs);
    failOnGroup('OffsetFetch', errorCode, group);
    const found = topics[0]?.partitions[0];
    if (found?.errorCode === KafkaCode.UNSTABLE_OFFSET_COMMIT) return 'unstable' as const;
    failOn('OffsetFetch', found?.errorCode ?? 0, topic, partition, group);
    return { offset: found?.offset ?? -1, metadata: found?.metadata ?? null };
  };
  return retrying(BUDGET_MS, attempt, (error) => forgetGroup(context, group, error));
}

/** OffsetCommit outside of a transaction. Full names. @throws KafkaError KAFKA_ILLEGAL_GENERATION and its kin for a stale token */
export async function commitGroupOffsets(
  context: ClientContext,
  group: string,
  topics: { topic: string; partitions: { partition: number; offset: number; metadata: string | null }[] }[],
  token: GroupToken,
): Promise<void> {
  const attempt = async () => {
    const link = await context.links.get(await context.map.coordinatorOf('group', group), 'short');
    const request = { group, generation: token?.generation ?? -1, memberId: token?.memberId ?? '', topics };
    const response = await link.call(offsetCommit, request, context.requestTimeoutMs);
    for (const { topic, partitions } of response.topics) {
      for (const { partition, errorCode } of partitions) failOn('OffsetCommit', errorCode, topic, partition, group);
    }
  };
  return retrying(BUDGET_MS, attempt, (error) => forgetGroup(context, group, error));
}

/** Runs an attempt that asks leaders of `topic`, looking them up again when they moved. */
export function retryMoved<T>(context: ClientContext, topic: string, attempt: () => Promise<T>): Promise<T> {
  return retrying(BUDGET_MS, attempt, (error) => {
    if (!(error instanceof KafkaError) || !error.retriable) return false;
    // A topic that the broker does not know is said at once: waiting for its creation is the caller's decision.
    if (error.kafkaCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION) return false;
    context.map.forgetTopic(topic);
    return true;
  });
}

async function byLeader(context: ClientContext, topic: string, partitions: number[]) {
  const led = new Map<Awaited<ReturnType<typeof context.map.leaderOf>>, number[]>();
  for (const partition of partitions) {
    const leader = await context.map.leaderOf(topic, partition);
    led.set(leader, [...(led.get(leader) ?? []), partition]);
  }
  return led;
}

function forgetGroup(context: ClientContext, group: string, error: unknown): boolean {
  if (!(error instanceof KafkaError) || !error.retriable) return false;
  if (error.kafkaCode === 0 || isMoved(error.kafkaCode)) context.map.forgetCoordinator('group', group);
  return true;
}

function failOn(api: string, errorCode: number, topic: string, partition: number, group?: string): void {
  if (errorCode === 0) return;
  const what = group === undefined ? `${topic}/${partition}` : `offsets of group ${group} for ${topic}/${partition}`;
  throw brokerError(api, errorCode, what, { topic, partition, group });
}

function failOnGroup(api: string, errorCode: number, group: string): void {
  if (errorCode !== 0) throw brokerError(api, errorCode, `group ${group}`, { group });
}
