import type { Received } from '@millrace/messaging';

/** Where a record stands in the log. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** One record of the story: what it says, and what it came from. */
export interface StoryNode {
  /** `<topic>/<partition>/<offset>`, or a name where the record is not there any more. */
  readonly id: string;
  readonly kind: string;
  /** In one line. */
  readonly title: string;
  /** Null: named by another record, but not found. */
  readonly place: Place | null;
  /** Kafka timestamp, milliseconds since 1970. */
  readonly at: number | null;
  readonly eventId: string | null;
  /** Id of the record that caused this one. */
  readonly causationId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** Ids of the nodes that this one came from or rests on. */
  readonly from: readonly string[];
}

export interface Story {
  readonly requestId: string;
  readonly endpoint: string;
  readonly nodes: readonly StoryNode[];
  /** What a reader should know about the search. */
  readonly notes: readonly string[];
}

export const idOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

/** A node for a fact or command. */
export function nodeOf(
  fact: Received<unknown>,
  kind: string,
  title: string,
  details: StoryNode['details'],
  from: readonly string[] = [],
): StoryNode {
  const { topic, partition, offset, timestamp, id, causationId } = fact;
  const place = { topic, partition, offset };
  return { id: idOf(place), kind, title, place, at: timestamp, eventId: id, causationId, details, from };
}

/** A node for something that another record names and that is not on the log (any more). */
export const missingNode = (kind: string, title: string, looked: string): StoryNode => ({
  id: `${kind} ${title}`,
  kind,
  title,
  place: null,
  at: null,
  eventId: null,
  causationId: null,
  details: { missing: `not found on ${looked}` },
  from: [],
});
