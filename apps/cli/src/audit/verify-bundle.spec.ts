import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  encodeHead,
  type HeadSigner,
  headHash,
  inclusionProof,
  LeafEncoder,
  leafHash,
  NO_PREVIOUS,
  PartitionTrees,
  type SignedTreeHead,
  signHead,
  signRotation,
} from '@millrace/ledger';
import type { AuditBundle } from './export-bundle';

const FILE = path.join(__dirname, '../../../../examples/audit/verify-bundle.mjs');
interface Proven {
  readonly head: { readonly sequence: number };
  readonly records: readonly { readonly topic: string; readonly headers: [string, Buffer | null][] }[];
  readonly anchor: string;
}
const { verifyBundle, readPublicKey } = require(FILE) as {
  verifyBundle(bundle: unknown, trust: { publicKey: KeyObject; anchor?: unknown }): Proven;
  readPublicKey(text: string): KeyObject;
};

const signers = ['k1', 'k2', 'k3'].map(
  (keyId): HeadSigner => ({ keyId, privateKey: generateKeyPairSync('ed25519').privateKey }),
);
const publicKey = createPublicKey(signers[0].privateKey);
const TOPICS = ['serve.e.requests.v1', 'serve.e.responses.v1', 'serve.e.outcomes.v1', 'registry.releases.v1'];
const RECORDS = 7;
/** As Avro writes it: ten letters. */
const value = (id: string) => Buffer.concat([Buffer.of(id.length * 2), Buffer.from(id), Buffer.from('rest')]);

/** How another history is made and signed by whoever holds the keys: every byte fits, and what it says must not be believed. */
interface Forgery {
  readonly topics?: readonly string[];
  readonly partitionOf?: (topic: string) => number;
  readonly head?: (head: Omit<SignedTreeHead, 'keyId' | 'signature'>) => Partial<SignedTreeHead>;
  /** Index of the key that signs a head. */
  readonly signerOf?: (sequence: number) => number;
  readonly rotations?: readonly Rotation[];
}
type Rotation = readonly [firstSequence: number, old: number, next: number, newKeyId?: string];

/** Four heads, the key changed before the third; request number 3 is covered by head 2. */
function makeBundle({
  topics = TOPICS,
  partitionOf = () => 1,
  head: changed = () => ({}),
  signerOf = (sequence) => (sequence < 2 ? 0 : 1),
  rotations = [[2, 0, 1]],
}: Forgery = {}): { bundle: AuditBundle; heads: SignedTreeHead[] } {
  const trees = new PartitionTrees();
  const leaves = new Map<string, Buffer[]>(topics.map((topic) => [topic, []]));
  const heads: SignedTreeHead[] = [];
  for (let offset = 0; offset < RECORDS; offset++) {
    for (const topic of topics) {
      const encoder = new LeafEncoder(topic, partitionOf(topic));
      const record = { offset, timestamp: 1_000 + offset, key: Buffer.from('k'), value: value(`request--${offset}`), headers: [['h', null]] as [string, null][] }; // biome-ignore format: one line
      leaves.get(topic)?.push(encoder.encode(record));
      trees.append(topic, partitionOf(topic), offset, encoder.hash(record));
    }
    if (offset % 2 === 1) continue;
    const previous = heads.length === 0 ? NO_PREVIOUS : headHash(heads[heads.length - 1]);
    const head = { installation: 'i', sequence: heads.length, previous, time: offset, partitions: trees.heads() };
    heads.push(signHead({ ...head, ...changed(head) }, signers[signerOf(head.sequence)]));
  }
  const base64 = (bytes: Buffer) => bytes.toString('base64');
  const records = topics.map((topic) => {
    const all = leaves.get(topic)!.slice(0, 5);
    return { leaf: base64(all[3]), index: 3, proof: inclusionProof(all.map(leafHash), 3).map(base64) };
  });
  const bundle: AuditBundle = {
    format: 'millrace-audit-bundle-v1',
    installation: 'i',
    requestId: 'request--3',
    records,
    heads: heads.slice(1).map((head) => base64(encodeHead(head))),
    covering: 2,
    rotations: rotations.map(rotated),
  };
  return { bundle, heads };
}

function rotated([
  firstSequence,
  old,
  next,
  newKeyId = signers[next].keyId,
]: Rotation): AuditBundle['rotations'][number] {
  const newPublicKey = createPublicKey(signers[next].privateKey).export({ type: 'spki', format: 'der' });
  const change = { installation: 'i', firstSequence, oldKeyId: signers[old].keyId, newKeyId, newPublicKey };
  const { signature } = signRotation(change, signers[old]);
  const { installation: _, ...said } = change;
  return { ...said, newPublicKey: newPublicKey.toString('base64'), signature: signature.toString('base64') };
}

const { bundle, heads } = makeBundle();
const copy = () => JSON.parse(JSON.stringify(bundle)) as AuditBundle;

type Json = Record<string, unknown>;
type At = readonly (string | number)[];
/** Every member and element of a value, from the outside in. */
function* placesIn(value: unknown, at: At = []): Generator<At> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield [...at, name];
    yield* placesIn(member, [...at, name]);
  }
}
function holderOf(root: unknown, at: At): [holder: Json, name: string] {
  const holder = at.slice(0, -1).reduce<unknown>((value, name) => (value as Json)[name], root);
  return [holder as Json, String(at[at.length - 1])];
}
/** Other values than the one that is there: what a forger could write instead. */
function* others(value: unknown): Generator<unknown> {
  yield null;
  yield 'x';
  yield [];
  if (typeof value === 'number') yield* [value + 1, value - 1, -1, 0.5, 2 ** 53];
  if (typeof value !== 'string') return;
  yield* ['', value.slice(1), `${value}A`];
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length < 16 || bytes.toString('base64') !== value) return;
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1 << (at % 8);
    yield changed.toString('base64');
  }
}

describe('cli > the stand-alone verifier of bundles', () => {
  it('is one file of plain Node, without a dependency, under 300 lines', () => {
    const text = readFileSync(FILE, 'utf8');
    expect(text.split('\n').length).toBeLessThan(300);
    expect([...text.matchAll(/(?:import .*?|require\(|import\()from '(.*?)'/g)].map(([, name]) => name)).toEqual([
      'node:crypto',
      'node:fs',
      'node:url',
    ]);
  });

  it('proves an untouched bundle, with the anchor as well', () => {
    const proven = verifyBundle(copy(), { publicKey });
    expect(proven.head.sequence).toBe(2);
    expect(proven.records.map(({ topic }) => topic)).toEqual(TOPICS);
    expect(proven.records[0].headers).toEqual([['h', null]]);
    expect(proven.anchor).toMatch(/no anchor/);
    const anchor = { head: encodeHead(heads[3]).toString('base64') };
    expect(verifyBundle(copy(), { publicKey, anchor }).anchor).toMatch(/head 3 is the one/);
  });

  it('refuses the bundle with any member replaced, left out or added, and with any bit of its bytes changed', () => {
    let tried = 0;
    for (const place of placesIn(bundle)) {
      const [original, name] = holderOf(bundle, place);
      for (const other of others(original[name])) {
        if (JSON.stringify(other) === JSON.stringify(original[name])) continue;
        const forged = copy();
        const [holder] = holderOf(forged, place);
        holder[name] = other;
        expect(() => verifyBundle(forged, { publicKey })).toThrow();
        tried++;
      }
      const without = copy();
      const [holder] = holderOf(without, place);
      if (!Array.isArray(holder)) {
        delete holder[name];
        expect(() => verifyBundle(without, { publicKey })).toThrow(/has no/);
        const more = copy();
        Object.assign(holderOf(more, place)[0], { note: 'approved' });
        expect(() => verifyBundle(more, { publicKey })).toThrow(/has a member note/);
        tried += 2;
      }
    }
    expect(tried).toBeGreaterThan(1_500);
  });

  it.each<[string, (forged: AuditBundle) => void]>([
    ['steps of a proof swapped', ({ records: [{ proof }] }) => (proof as string[]).reverse()],
    ['a step of a proof left out', ({ records: [{ proof }] }) => (proof as string[]).pop()],
    ['heads swapped', ({ heads }) => (heads as string[]).reverse()],
    ['the head before left out', ({ heads }) => (heads as string[]).shift()],
    ['the covering head left out', ({ heads }) => (heads as string[]).splice(1, 1)],
    ['the records of another request', (forged) => Object.assign(forged, { requestId: 'request--5' })],
    ['a request id that only begins so', (forged) => Object.assign(forged, { requestId: 'request--' })],
    ['a record twice', ({ records }) => (records as unknown[]).push(records[0])],
    ['neither request nor response', ({ records }) => (records as unknown[]).splice(0, 2)],
    ['leaves swapped between topics', ({ records }) => {
      const [one, other] = records as unknown as { leaf: string }[];
      [one.leaf, other.leaf] = [other.leaf, one.leaf];
    }],
  ])('refuses %s', (_, forge) => {
    const forged = copy();
    forge(forged);
    expect(() => verifyBundle(forged, { publicKey })).toThrow();
  }); // biome-ignore format: one forgery an entry

  const at = (sequence: number, change: Partial<SignedTreeHead>): Forgery => ({
    head: (head) => (head.sequence === sequence ? change : {}),
  });
  it.each<[string, Forgery, RegExp]>([
    ['a head that does not chain to the one before', at(2, { previous: Buffer.alloc(32, 1) }), /does not name the hash/],
    ['a gap between heads', at(3, { sequence: 4 }), /does not follow head 2/],
    ['a head that is older than the one before', at(3, { time: 0 }), /is older than/],
    ['a head of another installation', at(3, { installation: 'j' }), /belongs to the installation j/],
    ['a head that the new key signed too early', { signerOf: (sequence) => (sequence < 1 ? 0 : 1) }, /at the wrong time/],
    ['a head that the old key signed too late', { signerOf: (sequence) => (sequence < 3 ? sequence >> 1 : 0) }, /at the wrong time/],
    ['a change to a key name that was there before', { rotations: [[2, 0, 1], [3, 1, 2, 'k1']] }, /was there before/],
    ['a change of the key that goes back', { rotations: [[2, 0, 1], [1, 1, 2]] }, /goes back/],
    ['a change of the key by who was not in use', { rotations: [[2, 0, 1], [3, 0, 2]] }, /and k2 was in use/],
    ['request and response in different partitions', { partitionOf: (topic) => (topic === TOPICS[1] ? 2 : 1) }, /different partitions/],
    ['the outcome of another endpoint', { topics: TOPICS.with(2, 'serve.f.outcomes.v1') }, /several endpoints/],
    ['the response of another major', { topics: TOPICS.with(1, 'serve.e.responses.v2') }, /several endpoints/],
    [
      'a record behind what the head says that it covers',
      { head: ({ partitions }) => ({ partitions: partitions.map((one) => ({ ...one, nextOffset: 3 })) }) },
      /lies behind what head 2 covers/,
    ],
  ])('refuses what the right keys signed: %s', (_, forgery, why) => {
    expect(() => verifyBundle(makeBundle(forgery).bundle, { publicKey })).toThrow(why);
  }); // biome-ignore format: one forgery an entry

  it('believes neither another key, nor the second one as if it were the first, nor another anchor', () => {
    const stranger = generateKeyPairSync('ed25519').publicKey;
    expect(() => verifyBundle(copy(), { publicKey: stranger })).toThrow('is not signed by k1');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    expect(() => verifyBundle(copy(), { publicKey: rsa })).toThrow('is not Ed25519');
    expect(() => verifyBundle(copy(), { publicKey: createPublicKey(signers[1].privateKey) })).toThrow();
    const resigned = signHead({ ...heads[3], time: 99 }, signers[1]);
    const anchor = { head: encodeHead(resigned).toString('base64') };
    expect(() => verifyBundle(copy(), { publicKey, anchor })).toThrow('is another than the one');
    const early = { head: encodeHead(heads[0]).toString('base64') };
    expect(() => verifyBundle(copy(), { publicKey, anchor: early })).toThrow('export it with --anchor');
  });

  it.each([
    ['PEM', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['base64', publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
    [
      'trusted-keys.json',
      JSON.stringify({
        keys: [{ service: 'governance', publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') }], // biome-ignore format: one line
      }),
    ],
  ])('reads a public key as %s', (_, text) => expect(readPublicKey(text).equals(publicKey)).toBe(true));
});
