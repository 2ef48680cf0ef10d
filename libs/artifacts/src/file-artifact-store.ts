// <root>/sha256/ab/cdef0123...   the artifact whose digest is abcdef0123...
// <root>/incoming/<uuid>         being written; moved into place when whole
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, crashPoint } from '@millrace/contracts';
import { type ArtifactStore, checkDigest, type StoredArtifact } from './artifact-store';
import { asStoreError } from './store-error';

const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1_000;

export interface FileArtifactStoreOptions {
  /** Milliseconds since 1970; tells how old the leftovers of crashes are. */
  now?: () => number;
}

/**
 * An artifact store in a folder, which several processes (or machines, over a shared file system) may use at once. A file appears under its digest only
 * when it is whole and on the disk: write aside, fsync, rename, fsync of the folder. So a crash leaves a nameless leftover at most; those
 * older than a day are removed before the first write.
 */
export class FileArtifactStore implements ArtifactStore {
  private readonly root: string;
  private readonly incoming: string;
  private readonly now: () => number;
  private prepared = false;

  constructor(root: string, options: FileArtifactStoreOptions = {}) {
    this.root = path.resolve(root);
    this.incoming = path.join(this.root, 'incoming');
    this.now = options.now ?? Date.now;
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredArtifact> {
    try {
      await this.prepare();
      return await this.write(content instanceof Uint8Array ? [content] : content);
    } catch (error) {
      throw asStoreError(error, this.root);
    }
  }

  async get(digest: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    await this.verify(digest, (chunk) => chunks.push(chunk));
    return Buffer.concat(chunks);
  }

  async open(digest: string): Promise<string> {
    await this.verify(digest, () => {});
    return this.pathOf(digest);
  }

  async has(digest: string): Promise<boolean> {
    checkDigest(digest);
    try {
      return (await this.look(digest, () => stat(this.pathOf(digest)))).isFile();
    } catch (error) {
      if (error instanceof AppError && error.code === 'ARTIFACT_NOT_FOUND') return false;
      throw error;
    }
  }

  private async prepare(): Promise<void> {
    if (this.prepared) return;
    await mkdir(this.incoming, { recursive: true });
    await this.removeLeftovers();
    this.prepared = true;
  }

  private async removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.incoming)) {
      const file = path.join(this.incoming, name);
      // Another process may have finished, or cleaned, it meanwhile.
      const age = await stat(file).then(
        ({ mtimeMs }) => this.now() - mtimeMs,
        () => 0,
      );
      if (age > LEFTOVER_AGE_MS) await rm(file, { force: true });
    }
  }

  private async write(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<StoredArtifact> {
    const aside = path.join(this.incoming, randomUUID());
    try {
      const artifact = await writeAside(aside, content);
      crashPoint('artifacts.before-rename');
      await this.moveIntoPlace(aside, artifact.digest);
      crashPoint('artifacts.after-rename');
      return artifact;
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {});
      throw error;
    }
  }

  private async moveIntoPlace(aside: string, digest: string): Promise<void> {
    const target = this.pathOf(digest);
    const folder = path.dirname(target);
    const firstMade = await mkdir(folder, { recursive: true });
    try {
      await rename(aside, target);
    } catch (error) {
      // Windows refuses to replace a file that somebody reads; the same bytes are there already.
      await this.verify(digest, () => {}).catch(() => {
        throw error;
      });
      await rm(aside, { force: true });
    }
    await syncFolder(folder);
    if (firstMade) {
      await syncFolder(path.dirname(folder));
      await syncFolder(this.root);
    }
  }

  /** Reads the whole file, hands it out chunk by chunk, and throws at the end if the bytes were not the ones named. */
  private async verify(digest: string, onChunk: (chunk: Buffer) => void): Promise<void> {
    checkDigest(digest);
    const hash = createHash('sha256');
    let size = 0;
    await this.look(digest, async () => {
      for await (const chunk of createReadStream(this.pathOf(digest), { highWaterMark: 1 << 20 })) {
        hash.update(chunk);
        size += chunk.length;
        onChunk(chunk);
      }
    });
    const found = hash.digest('hex');
    if (found === digest) return;
    throw new AppError({
      code: 'ARTIFACT_CORRUPT',
      message: `Artifact ${digest} is damaged: its ${size} bytes have the digest ${found}. Restore the file from a backup or put the artifact again.`,
      retriable: false,
      context: { digest, found, size },
    });
  }

  /**
   * "No such file" means a missing artifact only while the store's folder is there. The store may come back between the look and that question,
   * so a missing artifact is looked for once more, now that the folder was seen. (It is the opening that fails, before any chunk is handed out.)
   */
  private async look<T>(digest: string, attempt: () => Promise<T>): Promise<T> {
    for (let sawFolder = false; ; sawFolder = true) {
      try {
        return await attempt();
      } catch (error) {
        if (!isMissing(error) || !(await this.isThere())) throw asStoreError(error, this.root);
        if (sawFolder)
          throw new AppError({
            code: 'ARTIFACT_NOT_FOUND',
            message: `Artifact ${digest} is not in the store at ${this.root}. Was it put by a process with another store, or deleted?`,
            retriable: false,
            context: { digest },
          });
      }
    }
  }

  private isThere(): Promise<boolean> {
    return access(this.root).then(
      () => true,
      () => false,
    );
  }

  private pathOf(digest: string): string {
    return path.join(this.root, 'sha256', digest.slice(0, 2), digest.slice(2));
  }
}

async function writeAside(
  file: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<StoredArtifact> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      size += chunk.length;
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Nobody shall write to it by accident any more; a rename is not hindered.
  await chmod(file, 0o444);
  return { digest: hash.digest('hex'), size };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done);
    done += bytesWritten;
  }
}

/** Makes a rename durable. Windows cannot open folders, and keeps renames durable by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
