import { readFile, rename, writeFile } from 'node:fs/promises';
import { decodeHead, encodeHead, headHash, type SignedTreeHead } from '@millrace/ledger';
import { CliError, EXIT } from '../terminal/cli-error';

const FORMAT = 'millrace-anchor-v1';

/** The last head that was seen, as it is kept outside of Kafka. */
export async function readAnchor(file: string): Promise<SignedTreeHead | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`The anchor ${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
  try {
    const { format, head } = JSON.parse(text) as { format?: unknown; head?: unknown };
    if (format !== FORMAT || typeof head !== 'string') throw new Error(`it is no ${FORMAT}`);
    return decodeHead(Buffer.from(head, 'base64'));
  } catch (error) {
    throw new CliError(
      `The anchor ${file} cannot be used: ${(error as Error).message}. Nothing was verified: take a copy of it, or another name to begin anew.`,
      EXIT.usage,
    );
  }
}

/** Replaces the file as a whole: half an anchor would be none. */
export async function writeAnchor(file: string, head: SignedTreeHead): Promise<void> {
  const anchor = {
    format: FORMAT,
    installation: head.installation,
    sequence: head.sequence,
    time: new Date(head.time).toISOString(),
    sha256: headHash(head).toString('hex'),
    head: encodeHead(head).toString('base64'),
  };
  await writeFile(`${file}.tmp`, `${JSON.stringify(anchor, null, 2)}\n`);
  await rename(`${file}.tmp`, file);
}
