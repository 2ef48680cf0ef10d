import { createHash } from 'node:crypto';
import files, { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError, InfrastructureError } from '@millrace/contracts';
import { isDigest } from './artifact-store';
import { FileArtifactStore } from './file-artifact-store';

const DAY = 86_400_000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('artifacts/file-artifact-store', () => {
  let root: string;
  let store: FileArtifactStore;
  const fileOf = (digest: string) => path.join(root, 'sha256', digest.slice(0, 2), digest.slice(2));
  const damage = async (digest: string, bytes: Uint8Array) => {
    await chmod(fileOf(digest), 0o644);
    await writeFile(fileOf(digest), bytes);
  };

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'artifacts-'));
    store = new FileArtifactStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('keeps bytes under their digest and gives them back', async () => {
    const bytes = Buffer.from('a model');
    const { digest, size } = await store.put(bytes);
    expect({ digest, size }).toEqual({ digest: sha256(bytes), size: 7 });
    expect(await store.get(digest)).toEqual(bytes);
    expect(await store.has(digest)).toBe(true);
    expect(await store.open(digest)).toBe(fileOf(digest));
    expect(await readFile(fileOf(digest))).toEqual(bytes);
  });

  it('takes a stream, and an empty one', async () => {
    async function* chunks() {
      for (let i = 0; i < 100; i++) yield Buffer.alloc(10_000, i);
    }
    const { digest, size } = await store.put(chunks());
    expect(size).toBe(1_000_000);
    expect(sha256(await store.get(digest))).toBe(digest);
    const empty = await store.put(Buffer.alloc(0));
    expect(await store.get(empty.digest)).toEqual(Buffer.alloc(0));
  });

  it('many writers of the same bytes at once make one artifact', async () => {
    const bytes = Buffer.alloc(200_000, 7);
    const others = new FileArtifactStore(root);
    const stored = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? store : others).put(bytes)));
    expect(new Set(stored.map((one) => one.digest)).size).toBe(1);
    expect(await store.get(stored[0].digest)).toEqual(bytes);
    expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['one flipped bit', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)))],
    ['a cut tail', (bytes) => bytes.subarray(0, 5)],
    ['an appended byte', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
    ['nothing left', () => Buffer.alloc(0)],
  ])('%s: corrupt, by get and by open', async (_, harm) => {
    const bytes = Buffer.from('a model');
    const { digest } = await store.put(bytes);
    await damage(digest, harm(bytes));
    for (const load of [() => store.get(digest), () => store.open(digest)]) {
      await expect(load()).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT', retriable: false, context: { digest } });
    }
  });

  it('putting the bytes again heals a damaged artifact', async () => {
    const { digest } = await store.put(Buffer.from('a model'));
    await damage(digest, Buffer.from('b model'));
    await store.put(Buffer.from('a model'));
    expect((await store.get(digest)).toString()).toBe('a model');
  });

  it('missing is not found, and no reason to pause', async () => {
    const digest = sha256(Buffer.from('never put'));
    expect(await store.has(digest)).toBe(false);
    for (const load of [() => store.get(digest), () => store.open(digest)]) {
      await expect(load()).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
      await expect(load()).rejects.not.toBeInstanceOf(InfrastructureError);
    }
  });

  it.each([
    '',
    '../../etc/passwd',
    'A'.repeat(64),
    'a'.repeat(63),
    'a'.repeat(65),
    `sha256:${'a'.repeat(64)}`,
    `${'a'.repeat(64)}\n`,
  ])('refuses %j as a name', async (name) => {
    expect(isDigest(name)).toBe(false);
    for (const use of [() => store.get(name), () => store.open(name), () => store.has(name)]) {
      await expect(use()).rejects.toMatchObject({ code: 'ARTIFACT_DIGEST_INVALID' });
    }
  });

  it('a folder that is away: infrastructure, for loading and for putting; fine again when it is back', async () => {
    const { digest } = await store.put(Buffer.from('a model'));
    const away = `${root}-away`;
    await rename(root, away);
    await writeFile(root, 'a file where the folder was');
    for (const use of [
      () => store.get(digest),
      () => store.open(digest),
      () => store.has(digest),
      () => store.put(Buffer.from('x')),
    ]) {
      await expect(use()).rejects.toBeInstanceOf(InfrastructureError);
      await expect(use()).rejects.toMatchObject({ code: 'ARTIFACT_STORE_UNREACHABLE', retriable: true });
    }
    await rm(root);
    await expect(store.get(digest)).rejects.toMatchObject({ code: 'ARTIFACT_STORE_UNREACHABLE' });
    await rename(away, root);
    expect((await store.get(digest)).toString()).toBe('a model');
    expect((await store.put(Buffer.from('x'))).size).toBe(1);
  });

  it('a folder that comes back between the look and the question whether it is there: nothing is missing', async () => {
    const { digest } = await store.put(Buffer.from('a model'));
    const away = `${root}-away`;
    for (const [use, found] of [
      [() => store.get(digest), Buffer.from('a model')],
      [() => store.open(digest), fileOf(digest)],
      [() => store.has(digest), true],
    ] as const) {
      await rename(root, away);
      const asked = jest.spyOn(files, 'access').mockImplementationOnce(() => rename(away, root));
      expect(await use()).toEqual(found);
      expect(asked).toHaveBeenCalledTimes(1);
      asked.mockRestore();
    }
  });

  it('a source stream that breaks: its own error comes out, nothing is left', async () => {
    async function* broken() {
      yield Buffer.from('half');
      throw new RangeError('source broke');
    }
    await expect(store.put(broken())).rejects.toThrow(new RangeError('source broke'));
    expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
    expect(await store.has(sha256(Buffer.from('half')))).toBe(false);
  });

  it('removes leftovers of crashes that are older than a day, and only those', async () => {
    const incoming = path.join(root, 'incoming');
    await mkdir(incoming);
    const now = Date.UTC(2026, 0, 10);
    for (const [name, age] of [
      ['old', DAY + 60_000],
      ['young', DAY - 60_000],
    ] as const) {
      await writeFile(path.join(incoming, name), 'x');
      await utimes(path.join(incoming, name), new Date(now - age), new Date(now - age));
    }
    await new FileArtifactStore(root, { now: () => now }).put(Buffer.from('x'));
    expect(await readdir(incoming)).toEqual(['young']);
  });

  it('errors are AppErrors with a next step', async () => {
    const error = await store.get(sha256(Buffer.from('?'))).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).message).toMatch(/\?$/);
  });
});
