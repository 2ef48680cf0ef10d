import { ledgeredNamed } from '@millrace/contracts';
import {
  encodeHead,
  KafkaPartition,
  LeafEncoder,
  leafHash,
  MerkleFrontier,
  StreamedProof,
  verifyInclusion,
} from '@millrace/ledger';
import type { KafkaClient } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import type { Place, Story } from '../trace/story';
import { readAnchor } from './anchor-file';
import { entryOf, HeadFinder, type PlacedHead } from './head-finder';

/**
 * Evidence about one request that `examples/audit/verify-bundle.mjs` checks off line. Every member is checked there, so none is for
 * decoration; bytes are base64.
 */
export interface AuditBundle {
  readonly format: 'millrace-audit-bundle-v1';
  readonly installation: string;
  readonly requestId: string;
  /** Request, response, outcome, and the facts that they rest on: the bytes of the leaf, its number in the tree, the way to the root. */
  readonly records: readonly { readonly leaf: string; readonly index: number; readonly proof: readonly string[] }[];
  /** The head before the covering one, the covering one, and those up to the anchor. */
  readonly heads: readonly string[];
  /** Sequence of the head whose trees the proofs lead to. */
  readonly covering: number;
  readonly rotations: readonly {
    readonly firstSequence: number;
    readonly oldKeyId: string;
    readonly newKeyId: string;
    readonly newPublicKey: string;
    readonly signature: string;
  }[];
}

export interface ExportOptions {
  /** File: the heads up to the one that it keeps join the bundle. */
  readonly anchor?: string;
  readonly onRecords: (done: number, total: number) => void;
}

/** A head comes within 10 s; a little longer is waited for. */
const COVERED_WITHIN_MS = 15_000;
const POLL_MS = 500;
/** An anchor that lies further ahead would make a bundle of hundreds of megabytes. */
const MOST_HEADS = 10_000;

const base64 = (bytes: Buffer): string => bytes.toString('base64');

/** Makes the bundle of a request whose story was told. @throws CliError when nothing covers it, or a proof does not lead to its root */
export async function exportBundle(context: Context, story: Story, options: ExportOptions): Promise<AuditBundle> {
  const anchor = options.anchor === undefined ? undefined : await readAnchor(options.anchor);
  const places = placesOf(story);
  const { finder, head } = await coveringHead(context, places);
  const kafka = await context.kafka();
  const total = places.length;
  const records: AuditBundle['records'][number][] = [];
  for (const place of places) {
    options.onRecords(records.length, total);
    records.push(await prove(kafka, finder, place, head));
  }
  options.onRecords(total, total);
  const before = head.sequence === 0 ? head : await finder.ofSequence(head.sequence - 1);
  const last = Math.max(head.sequence, anchor?.sequence ?? 0);
  if (last - head.sequence > MOST_HEADS)
    throw new CliError(
      `The anchor is ${last - head.sequence} heads ahead of the one that covers ${story.requestId}: at most ${MOST_HEADS} fit into a bundle. Take an anchor from nearer to it, or none.`,
      EXIT.usage,
    );
  const heads = await finder.range(before ?? head, last);
  const rotations = await finder.rotations(heads[heads.length - 1] ?? head);
  return {
    format: 'millrace-audit-bundle-v1',
    installation: head.installation,
    requestId: story.requestId,
    records,
    heads: heads.map((one) => base64(encodeHead(one))),
    covering: head.sequence,
    rotations: rotations.map(({ firstSequence, oldKeyId, newKeyId, newPublicKey, signature }) => ({
      firstSequence,
      oldKeyId,
      newKeyId,
      newPublicKey: base64(newPublicKey),
      signature: base64(signature),
    })),
  };
}

/** Those parts of the story that the ledger covers, each once. */
function placesOf({ nodes }: Story): Place[] {
  const places = nodes.flatMap(({ place }) => (place !== null && ledgeredNamed(place.topic) ? [place] : []));
  const names = new Set<string>();
  return places.filter(({ topic, partition, offset }) => {
    const name = `${topic}/${partition}/${offset}`;
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}

async function coveringHead(context: Context, places: readonly Place[]) {
  for (const end = Date.now() + COVERED_WITHIN_MS; ; ) {
    const finder = await HeadFinder.open(context);
    const head = (await finder?.covering(places)) ?? null;
    if (finder !== null && head !== null) return { finder, head };
    if (Date.now() > end)
      throw new CliError(
        'No tree head covers all records of this request yet: millrace status shows whether governance runs.',
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function prove(kafka: KafkaClient, finder: HeadFinder, place: Place, head: PlacedHead) {
  const { topic, partition, offset } = place;
  const entry = entryOf(head, place)!;
  const stored = await finder.treeBefore(place);
  const tree = stored === null ? MerkleFrontier.empty() : MerkleFrontier.fromBytes(stored.frontier);
  const encoder = new LeafEncoder(topic, partition);
  const from = stored?.nextOffset ?? 0;
  let found: { leaf: Buffer; index: number; proof: StreamedProof } | null = null;
  reading: for await (const cursor of new KafkaPartition(kafka, topic, partition).cursors(from)) {
    while (cursor.next()) {
      if (cursor.offset < from) continue;
      if (cursor.offset >= entry.nextOffset) break reading;
      if (cursor.offset === offset) {
        found = { leaf: encoder.encodeAt(cursor), index: tree.size, proof: new StreamedProof(tree, tree.size) };
        found.proof.append(leafHash(found.leaf));
      } else if (found === null) tree.append(encoder.hashAt(cursor));
      else found.proof.append(encoder.hashAt(cursor));
    }
  }
  const proof = found?.proof.end() ?? [];
  if (found === null || !verifyInclusion(leafHash(found.leaf), found.index, entry.treeSize, proof, entry.root))
    throw new CliError(
      `${topic}/${partition}/${offset} does not lead to the root that head ${head.sequence} signs: the log was changed or trimmed. millrace audit verify says where.`,
      EXIT.check,
      'LEDGER_RECORDS_DIFFER',
    );
  return { leaf: base64(found.leaf), index: found.index, proof: proof.map(base64) };
}
