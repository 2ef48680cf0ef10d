#!/usr/bin/env node
// Verifies a bundle of `millrace audit export` off line: that the records in it stood in the log, unchanged, when a tree head was
// signed. Plain Node 20 or later, no dependency, no code of the platform: read it, then believe it.
//
//   node verify-bundle.mjs bundle.json --public-key key.pem [--anchor anchor.json]
//
// The public key is the one that the installation was made with: PEM, base64 of its DER (SubjectPublicKeyInfo), or the installation's
// trusted-keys.json. It must come from elsewhere than the bundle. The anchor is a file of `millrace audit verify --anchor`.
//
// Formats (integers are big endian):
//   leaf      version u8 (1) | topic length i32 | topic | partition i32 | offset i64 | timestamp i64 (ms since 1970)
//             | key length i32 (-1 null) | key | value length i32 (-1 null) | value
//             | header count i32 | [name length i32 | name | value length i32 (-1 null) | value]
//   head      "millrace-tree-head-v1" | installation length u16 | installation | sequence u64 | previous head's SHA-256 (32)
//             | time i64 (ms) | key id length u16 | key id | partition count u32
//             | [topic length u16 | topic | partition i32 | next offset u64 | tree size u64 | root (32)] | Ed25519 signature (64)
//   rotation  "millrace-key-rotation-v1" | installation length u16 | installation | first sequence u64 | old key id length u16
//             | old key id | new key id length u16 | new key id | public key length u16 | public key, signed by the old key
// Trees are those of RFC 9162: leaf hash SHA-256(0x00 || leaf), node hash SHA-256(0x01 || left || right).
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const FORMAT = 'millrace-audit-bundle-v1';
const TRAFFIC = /^serve\.([a-z][a-z0-9-]*)\.(requests|responses|outcomes)\.v(\d+)$/;

/**
 * @param {object} bundle the parsed JSON
 * @param {{publicKey: import('node:crypto').KeyObject, anchor?: object}} trust
 * @returns {{head: object, records: object[], anchor: string}} what is proven
 * @throws {Error} the first thing that does not hold, as a sentence
 */
export function verifyBundle(bundle, { publicKey, anchor }) {
  onlyMembers(
    bundle,
    ['format', 'installation', 'requestId', 'records', 'heads', 'covering', 'rotations'],
    'the bundle',
  );
  must(bundle.format === FORMAT, `the bundle is no ${FORMAT}`);
  must(typeof bundle.requestId === 'string' && bundle.requestId !== '', 'the bundle names no request');
  const heads = listOf(bundle.heads, 'heads').map((text, at) => decodeHead(bytesOf(text, `head ${at}`)));
  must(heads.length > 0, 'the bundle has no tree head');
  const keys = keysOf(bundle, heads[0], publicKey);
  for (const [at, head] of heads.entries()) checkHead(head, heads[at - 1], bundle.installation, keys);
  const covering = heads.find((head) => head.sequence === bundle.covering);
  must(covering !== undefined, `the bundle has no head ${bundle.covering}, which it names as the covering one`);
  // Exactly what the chain needs: the head before it, if there is one, and those behind it up to an anchor.
  must(
    heads.indexOf(covering) === Math.min(1, covering.sequence),
    'the heads do not begin right before the covering one',
  );
  const records = listOf(bundle.records, 'records').map((entry, at) => checkRecord(entry, at, covering));
  checkStory(records, bundle.requestId);
  return { head: covering, records, anchor: checkAnchor(heads, anchor) };
}

/** Follows the changes of the key from the one that is trusted. @returns key id -> key, and from and up to which head it signs */
function keysOf({ installation, rotations }, firstHead, publicKey) {
  must(publicKey.asymmetricKeyType === 'ed25519', 'the public key is not Ed25519');
  const list = listOf(rotations, 'rotations');
  const firstId = list.length > 0 ? list[0].oldKeyId : firstHead.keyId;
  const keys = [{ id: firstId, key: publicKey, from: 0, to: Number.POSITIVE_INFINITY }];
  for (const [at, rotation] of list.entries()) {
    onlyMembers(rotation, ['firstSequence', 'oldKeyId', 'newKeyId', 'newPublicKey', 'signature'], `rotation ${at}`);
    const { firstSequence, oldKeyId, newKeyId } = rotation;
    const old = keys[keys.length - 1];
    must(oldKeyId === old.id, `rotation ${at} replaces ${oldKeyId}, and ${old.id} was in use`);
    must(Number.isSafeInteger(firstSequence) && firstSequence >= old.from, `rotation ${at} goes back`);
    must(!keys.some((known) => known.id === newKeyId), `rotation ${at} names a key that was there before`);
    const der = bytesOf(rotation.newPublicKey, `the key of rotation ${at}`);
    const texts = [installation, oldKeyId, newKeyId].map((text) => framed(Buffer.from(String(text))));
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64BE(BigInt(firstSequence));
    const signed = [Buffer.from('millrace-key-rotation-v1'), texts[0], sequence, texts[1], texts[2], framed(der)];
    const signature = bytesOf(rotation.signature, `the signature of rotation ${at}`);
    must(verify(null, Buffer.concat(signed), old.key, signature), `rotation ${at} is not signed by ${old.id}`);
    old.to = firstSequence;
    keys.push({ id: newKeyId, key: createPublicKey({ key: der, format: 'der', type: 'spki' }), from: firstSequence, to: Number.POSITIVE_INFINITY }); // biome-ignore format: one key a line
  }
  return keys;
}

function checkHead(head, before, installation, keys) {
  const name = `head ${head.sequence}`;
  must(head.installation === installation, `${name} belongs to the installation ${head.installation}`);
  const signer = keys.find(({ id }) => id === head.keyId);
  must(signer !== undefined, `${name} is signed with ${head.keyId}, which nothing leads to from the public key`);
  must(
    head.sequence >= signer.from && head.sequence < signer.to,
    `${name} is signed with ${head.keyId} at the wrong time`,
  );
  must(verify(null, head.signed, signer.key, head.signature), `the signature of ${name} does not fit`);
  if (before === undefined) return;
  must(head.sequence === before.sequence + 1, `${name} does not follow head ${before.sequence}`);
  must(head.previous.equals(sha256(before.signed)), `${name} does not name the hash of head ${before.sequence}`);
  must(head.time >= before.time, `${name} is older than the head before it`);
}

function checkRecord(entry, at, head) {
  const name = `record ${at}`;
  onlyMembers(entry, ['leaf', 'index', 'proof'], name);
  const leaf = bytesOf(entry.leaf, name);
  const record = decodeLeaf(leaf, name);
  const tree = head.partitions.find(({ topic, partition }) => topic === record.topic && partition === record.partition);
  must(tree !== undefined, `head ${head.sequence} does not cover ${record.topic}/${record.partition}`);
  must(record.offset < tree.nextOffset, `${name} lies behind what head ${head.sequence} covers`);
  const proof = listOf(entry.proof, `the proof of ${name}`).map((text) => bytesOf(text, `the proof of ${name}`));
  const hash = sha256(Buffer.concat([Buffer.of(0), leaf]));
  must(isIncluded(hash, entry.index, tree.treeSize, proof, tree.root), `${name} (${record.topic}/${record.partition}/${record.offset}) is not in the tree that head ${head.sequence} signs`); // biome-ignore format: one sentence
  return record;
}

/** Request, response and outcome must be those of one request: each once, of one endpoint, request and response in one partition. */
function checkStory(records, requestId) {
  const traffic = new Map();
  for (const record of records) {
    const [, endpoint, kind, major] = TRAFFIC.exec(record.topic) ?? [];
    if (kind === undefined) continue;
    must(!traffic.has(kind), `the bundle has two records of ${kind}`);
    must(record.value?.includes(avroText(requestId)), `the record on ${record.topic} does not name the request ${requestId}`); // biome-ignore format: one sentence
    traffic.set(kind, { ...record, family: `${endpoint}.v${major}` });
  }
  const [request, response] = [traffic.get('requests'), traffic.get('responses')];
  must(request ?? response, 'the bundle has neither the request nor the response');
  must(
    new Set([...traffic.values()].map(({ family }) => family)).size === 1,
    'the records belong to several endpoints',
  );
  if (request && response) must(request.partition === response.partition, 'request and response lie in different partitions'); // biome-ignore format: one sentence
}

function checkAnchor(heads, anchor) {
  if (anchor === undefined)
    return 'no anchor was given: whoever holds the signing key could have signed another history';
  const seen = decodeHead(bytesOf(anchor.head, 'the anchor'));
  const same = heads.find(({ sequence }) => sequence === seen.sequence);
  const [first, last] = [heads[0].sequence, heads[heads.length - 1].sequence];
  must(
    same !== undefined,
    `the anchor is head ${seen.sequence}, and the bundle has ${first} to ${last}: export it with --anchor`,
  );
  must(same.signed.equals(seen.signed), `head ${seen.sequence} is another than the one that the anchor keeps`);
  return `head ${seen.sequence} is the one that was seen before`;
}

/** RFC 9162, section 2.1.3.2. */
function isIncluded(leaf, index, size, proof, root) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  const half = (value) => Math.floor(value / 2);
  for (const step of proof) {
    if (last === 0 || step.length !== 32) return false;
    if (node % 2 === 1 || node === last) {
      hash = sha256(Buffer.concat([Buffer.of(1), step, hash]));
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = sha256(Buffer.concat([Buffer.of(1), hash, step]));
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

function decodeHead(bytes) {
  const read = reader(bytes, 'a tree head');
  must(read.take(21).toString('latin1') === 'millrace-tree-head-v1', 'a tree head does not begin as one');
  const head = { installation: read.text(), sequence: read.long(), previous: read.take(32), time: read.long() };
  const keyId = read.text();
  const partitions = Array.from({ length: read.int() }, () => ({
    topic: read.text(),
    partition: read.int(),
    nextOffset: read.long(),
    treeSize: read.long(),
    root: read.take(32),
  }));
  const signed = bytes.subarray(0, read.at());
  const signature = read.take(64);
  read.end();
  return { ...head, keyId, partitions, signed, signature };
}

function decodeLeaf(bytes, name) {
  const read = reader(bytes, name);
  must(read.take(1)[0] === 1, `${name} is of an unknown version`);
  const part = () => {
    const length = read.int();
    return length === -1 ? null : read.take(length);
  };
  const record = { topic: String(part()), partition: read.int(), offset: read.long(), timestamp: read.long() };
  const [key, value] = [part(), part()];
  const headers = Array.from({ length: read.int() }, () => [String(part()), part()]);
  read.end();
  return { ...record, key, value, headers };
}

function reader(bytes, name) {
  let at = 0;
  const take = (count) => {
    must(Number.isInteger(count) && count >= 0 && count <= bytes.length - at, `${name} is cut`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  return {
    take,
    at: () => at,
    int: () => take(4).readInt32BE(0),
    long: () => Number(take(8).readBigInt64BE(0)),
    text: () => take(take(2).readUInt16BE(0)).toString('utf8'),
    end: () => must(at === bytes.length, `bytes follow ${name}`),
  };
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** As Avro writes a string: its length as a zigzag varint, then its UTF-8. */
function avroText(text) {
  const bytes = Buffer.from(text);
  const length = [];
  for (let left = bytes.length * 2; ; left >>>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) return Buffer.concat([Buffer.from(length), bytes]);
  }
}

function framed(bytes) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function bytesOf(text, name) {
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  must(bytes.length > 0 && bytes.toString('base64') === text, `${name} is no base64`);
  return bytes;
}

function listOf(value, name) {
  must(Array.isArray(value), `${name} is no list`);
  return value;
}

/** What nothing checks has no place in evidence. */
function onlyMembers(value, names, what) {
  must(typeof value === 'object' && value !== null, `${what} is no object`);
  const missing = names.find((name) => !(name in value));
  must(missing === undefined, `${what} has no ${missing}`);
  const odd = Object.keys(value).find((name) => !names.includes(name));
  must(odd === undefined, `${what} has a member ${odd}, which nothing vouches for`);
}

function must(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/** PEM, base64 of the DER, or trusted-keys.json, of which the key of governance is taken. */
export function readPublicKey(text) {
  if (text.includes('-----BEGIN')) return createPublicKey(text);
  const keys = text.trimStart().startsWith('{') ? JSON.parse(text).keys : [{ service: 'governance', publicKey: text }];
  const found = keys.find(({ service }) => service === 'governance');
  must(found !== undefined, 'the file of trusted keys has none of governance');
  return createPublicKey({ key: Buffer.from(found.publicKey, 'base64'), format: 'der', type: 'spki' });
}

function main([file, ...rest]) {
  const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
  const keyFile = option('--public-key');
  if (!file || !keyFile) {
    console.error('usage: node verify-bundle.mjs <bundle.json> --public-key <file> [--anchor <file>]');
    return 2;
  }
  try {
    const anchorFile = option('--anchor');
    const anchor = anchorFile && JSON.parse(readFileSync(anchorFile, 'utf8'));
    const bundle = JSON.parse(readFileSync(file, 'utf8'));
    const proven = verifyBundle(bundle, { publicKey: readPublicKey(readFileSync(keyFile, 'utf8')), anchor });
    const { sequence, time } = proven.head;
    console.log(`request ${bundle.requestId}: ${proven.records.length} records stood in the log, unchanged, when head ${sequence} was signed (${new Date(time).toISOString()}):`); // biome-ignore format: one sentence
    for (const { topic, partition, offset, timestamp, value } of proven.records)
      console.log(
        `  ${topic}/${partition}/${offset}  ${new Date(timestamp).toISOString()}  ${value?.length ?? 0} bytes`,
      );
    console.log(`${proven.anchor}. What is not in the bundle is not proven.`);
    return 0;
  } catch (error) {
    console.error(`DOES NOT HOLD: ${error.message}`);
    return 3;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exit(main(process.argv.slice(2)));
