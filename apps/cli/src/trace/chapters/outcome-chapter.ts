import { type Outcome, outcomeSchema } from '@millrace/contracts';
import { AvroCodec, FramedReader, parseSchema, partitionOfKey } from '@millrace/messaging';
import { passOver } from '../../reading/pass-over';
import { RecordFeed } from '../../reading/record-feed';
import { type Chapter, nodesOfKind, type Scene } from '../scene';
import { idOf, type StoryNode } from '../story';

/** An outcome may be sent before the response is there, but hardly longer before the request. */
const EARLY_MS = 3_600_000;

/** What really happened, from the outcome topic; keyed by request id, so one partition is read first. The first one counts. */
export const outcomeChapter: Chapter = async (scene) => {
  const { context, endpoint, request, response, requestId } = scene;
  const topic = endpoint.outcomesTopic;
  const { admin } = await context.kafka();
  const ends = await admin.endOffsets(topic, 'committed');
  if (ends.size === 0) return [];
  const starts = await admin.offsetsForTime(topic, (request?.at ?? response?.at ?? EARLY_MS) - EARLY_MS);
  const likely = partitionOfKey(Buffer.from(requestId), ends.size);
  for (const partition of [likely, ...[...ends.keys()].filter((one) => one !== likely)]) {
    const found = await outcomesIn(scene, partition, starts.get(partition) ?? 0, ends.get(partition) ?? 0);
    if (found.length === 0) continue;
    const labels = new Set(found.map(({ details }) => details.label));
    if (labels.size > 1) scene.note(`the outcomes of this request contradict each other: ${[...labels].join(', ')}`);
    return found.slice(0, 1);
  }
  return [];
};

async function outcomesIn(scene: Scene, partition: number, from: number, end: number): Promise<StoryNode[]> {
  const { context, endpoint, requestId } = scene;
  const schema = parseSchema(JSON.stringify(outcomeSchema(endpoint.endpoint, endpoint.major)));
  const reader = new FramedReader<Outcome>(await context.schemas(), AvroCodec.of<Outcome>(schema));
  const wanted = Buffer.from(requestId);
  const feed = new RecordFeed(await context.kafka(), endpoint.outcomesTopic, partition, Math.min(from, end), end);
  const nodes: StoryNode[] = [];
  try {
    while (feed.next() || (await feed.more())) {
      const { buffer, valueStart, valueEnd, offset, timestamp } = feed.at;
      if (valueStart < 0) continue;
      const value = buffer.subarray(valueStart, valueEnd);
      if (!value.includes(wanted)) continue;
      const outcome = await reader.read(value).catch(passOver);
      if (outcome?.requestId !== requestId) continue;
      const place = { topic: endpoint.outcomesTopic, partition, offset };
      nodes.push({
        id: idOf(place),
        kind: 'outcome',
        title: `label ${outcome.label}`,
        place,
        at: timestamp,
        eventId: null,
        causationId: null,
        details: { label: outcome.label, eventTime: outcome.eventTime },
        from: nodesOfKind(scene, 'response', 'request')
          .slice(0, 1)
          .map(({ id }) => id),
      });
    }
  } finally {
    await feed.close();
  }
  return nodes;
}
