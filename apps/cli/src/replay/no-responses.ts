import type { KafkaClient } from '@millrace/messaging';
import { RecordFeed } from '../reading/record-feed';
import { CliError, EXIT } from '../terminal/cli-error';
import { timeOf } from '../terminal/print';
import type { ReplayReport } from './replay';
import type { PartitionRange } from './replay-range';

/** Offsets that are looked at first, from the end back; behind the last response may stand markers and aborted records. */
const BACK = 64;

/** Whether a replay has proven nothing, because there was nothing to compute: that is no "without a difference". */
export const provedNothing = ({ tally }: ReplayReport): boolean => tally.responses === 0 && tally.differences === 0;

/** What was asked for, what is there instead, and what to do. @param asked the options that made the range, as they were typed */
export async function noResponses(kafka: KafkaClient, report: ReplayReport, asked: string): Promise<CliError> {
  const { topics, ranges, tally } = report;
  const range = asked === '' ? 'all that is kept' : asked;
  const offsets = ranges.map(({ partition, from, to }) => `partition ${partition} from ${from} to ${to}`).join(', ');
  const found =
    tally.trimmed > 0
      ? `All ${tally.trimmed} responses in this range answer requests that were trimmed, so none can be computed again`
      : 'There is no response in this range';
  const message = `${found}: ${topics.responses}, ${range} (${offsets}). ${await whatIsThere(kafka, report)}`;
  return new CliError(message, EXIT.failed, 'NO_RESPONSES_IN_RANGE');
}

async function whatIsThere(kafka: KafkaClient, { topics, ranges }: ReplayReport): Promise<string> {
  const held: { readonly range: PartitionRange; readonly first: number; readonly last: number }[] = [];
  for (const range of ranges) {
    const first = await firstTime(kafka, topics.responses, range);
    const last = first === null ? null : await lastTime(kafka, topics.responses, range);
    if (first !== null && last !== null) held.push({ range, first, last });
  }
  if (held.length === 0 && ranges.some(({ firstResponse }) => firstResponse > 0))
    return 'All responses that the topic held were trimmed.';
  if (held.length === 0)
    return 'The topic holds no response at all: was the endpoint ever asked? Send a request with millrace predict.';
  const places = held.map(({ range }) => `partition ${range.partition} from ${range.firstResponse} to ${range.end}`);
  const first = timeOf(Math.min(...held.map((one) => one.first)));
  const last = timeOf(Math.max(...held.map((one) => one.last)));
  return `Responses were written between ${first} and ${last}: ${places.join(', ')}. Choose --from and --to in there.`;
}

const firstTime = (kafka: KafkaClient, topic: string, { partition, firstResponse, end }: PartitionRange) =>
  edgeTime(kafka, topic, partition, firstResponse, end, 'first');

/** Looks further and further back until there is a record. */
async function lastTime(kafka: KafkaClient, topic: string, { partition, firstResponse, end }: PartitionRange) {
  for (let back = BACK; ; back *= 8) {
    const from = Math.max(firstResponse, end - back);
    const time = await edgeTime(kafka, topic, partition, from, end, 'last');
    if (time !== null || from === firstResponse) return time;
  }
}

/** Kafka timestamp of the first or last record between two offsets; null where none is. */
async function edgeTime(
  kafka: KafkaClient,
  topic: string,
  partition: number,
  from: number,
  end: number,
  edge: 'first' | 'last',
): Promise<number | null> {
  const feed = new RecordFeed(kafka, topic, partition, from, end);
  let time: number | null = null;
  try {
    while (feed.next() || (await feed.more())) {
      time = feed.at.timestamp;
      if (edge === 'first') break;
    }
    return time;
  } finally {
    await feed.close();
  }
}
