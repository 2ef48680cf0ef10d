import { rehearse } from './rehearse';

/** Reads a model from standard input and writes a {@link ChildReport} to standard output. Started by `dryRunModel` only. */
async function main(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const report = await rehearse(Buffer.concat(chunks));
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

void main();
