import { ledgeredNamed } from '@millrace/contracts';
import {
  ChainOnLog,
  KafkaPartition,
  nameOf,
  type PlacedLink,
  type SignedTreeHead,
  type Verdict,
  verifyLedger,
} from '@millrace/ledger';
import { type KafkaClient, type SchemaSource, SchemasOnLog } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { readAnchor, writeAnchor } from './anchor-file';
import { trustOf } from './trust';

export interface AuditOptions {
  readonly publicKey?: string;
  /** File; made when it is not there. */
  readonly anchor?: string;
  readonly onHeads: (done: number, total: number) => void;
  readonly onRecords: (done: number, total: number) => void;
}

/** A partition with records that no head names. */
export interface NotCovered {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
}

export interface AuditReport {
  readonly installation: string;
  readonly verdict: Verdict;
  readonly heads: number;
  readonly notCovered: readonly NotCovered[];
  /** What became of the anchor; null without one. */
  readonly anchor: { readonly before: number | null; readonly now: number | null } | null;
  readonly seconds: number;
}

/** Holds the whole log against the signed tree heads. Needs Kafka and a public key, nothing else. */
export async function auditVerify(context: Context, options: AuditOptions): Promise<AuditReport> {
  const began = performance.now();
  const trust = await trustOf(context.platform, options.publicKey);
  const anchor = options.anchor === undefined ? undefined : await readAnchor(options.anchor);
  const kafka = await context.kafka();
  const partitions = await partitionsOf(kafka);
  const schemas = await schemasOf(context, kafka);
  const first = await firstLink(new ChainOnLog(kafka, schemas, ''));
  if (first === null && anchor === undefined)
    throw new CliError(
      'No tree head stands on governance.tree-heads.v1: nothing was vouched for yet. millrace status shows whether governance runs.',
    );
  const installation = trust.installation ?? anchor?.installation ?? installationOf(first);
  const chain = new ChainOnLog(kafka, schemas, installation);
  const known = new Set(partitions.map(nameOf));
  const total = partitions.reduce((sum, { records }) => sum + records, 0);
  const links = await chain.size();
  let last: SignedTreeHead | undefined;
  let records = 0;
  const verdict = await verifyLedger({
    installation,
    findKey: trust.keysOf(firstKeyOf(first) ?? anchor?.keyId ?? ''),
    heads: remembering(chain, (head) => {
      last = head;
    }),
    sources: (topic, partition) =>
      known.has(nameOf({ topic, partition })) ? new KafkaPartition(kafka, topic, partition) : undefined,
    anchor,
    keptMs: (topic) => ledgeredNamed(topic)?.retentionMs ?? Number.POSITIVE_INFINITY,
    now: Date.now(),
    onHead: (heads) => options.onHeads(heads, links),
    onRead: (read) => {
      records += read;
      options.onRecords(Math.min(records, total), total);
    },
  });
  const clean = verdict.findings.length === 0;
  if (clean && options.anchor !== undefined && last !== undefined) await writeAnchor(options.anchor, last);
  const covered = new Set(verdict.guarantee?.partitions.map(nameOf));
  return {
    installation,
    verdict,
    heads: (verdict.guarantee?.sequence ?? -1) + 1,
    notCovered: partitions.filter((one) => one.records > 0 && !covered.has(nameOf(one))),
    anchor:
      options.anchor === undefined
        ? null
        : { before: anchor?.sequence ?? null, now: clean ? (last?.sequence ?? null) : (anchor?.sequence ?? null) },
    seconds: (performance.now() - began) / 1_000,
  };
}

/** Off the log, so that nothing but Kafka is needed; where a registry of other people keeps its log elsewhere, it is asked. */
async function schemasOf(context: Context, kafka: KafkaClient): Promise<SchemaSource> {
  if ((await kafka.admin.partitionsOf(SchemasOnLog.topic)).length > 0) return SchemasOnLog.read(kafka);
  if (context.platform.schemaRegistryUrl) return context.schemas();
  throw new CliError(
    `The schemas of tree heads are read off ${SchemasOnLog.topic}, which is not there: set SCHEMA_REGISTRY_URL.`,
    EXIT.usage,
  );
}

/** Of all topics that the ledger is to cover, with the offsets that they hold. */
async function partitionsOf({ admin }: KafkaClient): Promise<NotCovered[]> {
  const partitions: NotCovered[] = [];
  for (const topic of (await admin.listTopics()).filter((name) => ledgeredNamed(name) !== undefined)) {
    const starts = await admin.startOffsets(topic);
    for (const [partition, end] of await admin.endOffsets(topic, 'committed'))
      partitions.push({ topic, partition, records: end - (starts.get(partition) ?? 0) });
  }
  return partitions;
}

async function firstLink(chain: ChainOnLog): Promise<PlacedLink | null> {
  for await (const link of chain.links(0, 65_536)) return link;
  return null;
}

const installationOf = (link: PlacedLink | null): string =>
  link !== null && !('newKeyId' in link) ? link.installation : '';

const firstKeyOf = (link: PlacedLink | null): string | undefined =>
  link === null ? undefined : 'newKeyId' in link ? link.oldKeyId : link.keyId;

async function* remembering(chain: ChainOnLog, remember: (head: SignedTreeHead) => void): AsyncGenerator<PlacedLink> {
  for await (const link of chain.links()) {
    if (!('newKeyId' in link)) remember(link);
    yield link;
  }
}
