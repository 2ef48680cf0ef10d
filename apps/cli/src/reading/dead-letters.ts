import type { DeadLetter } from '@millrace/contracts';
import type { Context } from '../platform/context';
import { decodeRecord } from '../platform/record-codec';
import { CliError } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printJson, printRows, timeOf } from '../terminal/print';
import { readTail } from './read-tail';

const DEAD_TOPIC = /(\.dead-letters\.v\d+|\.quarantine\.v\d+)$/;

interface Found {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly letter: DeadLetter;
}

/** One dead letter, whole. */
export async function showOne(
  context: Context,
  topic: string,
  partition: number,
  offset: number,
  options: OutputOptions,
): Promise<void> {
  const found = (await lettersOf(context, topic, 10_000)).find(
    (one) => one.partition === partition && one.offset === offset,
  );
  if (!found)
    throw new CliError(
      `${topic} has no dead letter at ${partition}/${offset}: millrace dlq list ${topic} shows what there is.`,
    );
  const { key, value, headers, ...rest } = found.letter;
  printDetails(
    {
      ...rest,
      failedAt: timeOf(rest.failedAt),
      key: key?.toString('utf8') ?? null,
      valueHex: value?.toString('hex') ?? null,
      headers: Object.fromEntries(headers.map(({ name, value: header }) => [name, header?.toString('utf8') ?? null])),
    },
    options,
  );
}

export async function listAll(context: Context, last: number, options: OutputOptions): Promise<void> {
  const { admin } = await context.kafka();
  const topics = (await admin.listTopics()).filter((name) => DEAD_TOPIC.test(name)).sort();
  const rows = [];
  for (const topic of topics) {
    const letters = await lettersOf(context, topic, last);
    const reasons = new Map<string, number>();
    for (const { letter } of letters) reasons.set(letter.reasonCode, (reasons.get(letter.reasonCode) ?? 0) + 1);
    if (letters.length > 0) rows.push({ topic, letters: letters.length, reasons: Object.fromEntries(reasons) });
  }
  printRows(
    rows,
    { topic: (row) => row.topic, [`of the last ${last}`]: (row) => row.letters, reasons: (row) => row.reasons },
    options,
  );
}

export async function listOne(context: Context, topic: string, last: number, options: OutputOptions): Promise<void> {
  const letters = await lettersOf(context, topic, last);
  if (options.json) {
    printJson(
      letters.map(({ letter, ...position }) => ({
        ...position,
        reasonCode: letter.reasonCode,
        reason: letter.reason,
        from: `${letter.topic}/${letter.partition}/${letter.offset}`,
        failedAt: letter.failedAt,
      })),
    );
    return;
  }
  printRows(
    letters,
    {
      place: (row) => `${row.partition} ${row.offset}`,
      code: (row) => row.letter.reasonCode,
      reason: (row) => row.letter.reason.slice(0, 80),
      from: (row) => `${row.letter.topic}/${row.letter.partition}/${row.letter.offset}`,
      at: (row) => timeOf(row.letter.failedAt),
    },
    options,
  );
}

async function lettersOf(context: Context, topic: string, last: number): Promise<Found[]> {
  const kafka = await context.kafka();
  if ((await kafka.admin.partitionsOf(topic)).length === 0)
    throw new CliError(`There is no topic ${topic}: millrace dlq list names those with dead letters.`);
  const letters: Found[] = [];
  for await (const record of readTail(kafka, topic, { last, follow: false })) {
    const { data } = await decodeRecord(await context.schemas(), record.value);
    letters.push({ topic, partition: record.partition, offset: record.offset, letter: data as DeadLetter });
  }
  return letters;
}
