import type { KafkaRecord } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { decodeRecord } from '../platform/record-codec';
import { CliError } from '../terminal/cli-error';
import { nearestName } from '../terminal/nearest-name';
import { readTail, type TailOptions } from './read-tail';

/** Writes the last records of a topic, decoded by the schemas that wrote them, to stdout. */
export async function tailTopic(
  context: Context,
  name: string,
  options: TailOptions & { readonly json: boolean },
): Promise<void> {
  await mustExist(context, name);
  const kafka = await context.kafka();
  for await (const record of readTail(kafka, name, options)) await show(context, record, options.json);
}

async function mustExist(context: Context, name: string): Promise<void> {
  const { admin } = await context.kafka();
  if ((await admin.partitionsOf(name)).length > 0) return;
  const nearest = nearestName(name, await admin.listTopics());
  throw new CliError(`There is no topic ${name}.${nearest ? ` Did you mean ${nearest}?` : ''}`);
}

async function show(context: Context, record: KafkaRecord, json: boolean): Promise<void> {
  const decoded = await decodeRecord(await context.schemas(), record.value).catch((error: Error) => ({
    name: 'undecodable',
    data: { reason: error.message, bytes: record.value?.toString('hex').slice(0, 200) ?? null },
  }));
  const { partition, offset, timestamp } = record;
  const key = record.key?.toString('utf8') ?? null;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ partition, offset, timestamp, key, record: decoded.name, data: decoded.data })}\n`,
    );
  else
    process.stdout.write(
      `${new Date(timestamp).toISOString()} ${partition}/${offset} ${key ?? '-'} ${decoded.name}\n  ${JSON.stringify(decoded.data)}\n`,
    );
}
