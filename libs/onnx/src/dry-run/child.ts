import { ort } from '../session/ort';
import { READY } from './child-report';
import { rehearse } from './rehearse';

/**
 * Says that it is ready, reads a model from standard input, writes a {@link ChildReport}. Started by `dryRunModel` only.
 * ONNX Runtime is loaded before, so that a limit too tight for the runtime itself is not taken for the model's fault.
 */
async function main(): Promise<void> {
  ort();
  process.stdout.write(READY);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const report = await rehearse(Buffer.concat(chunks));
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

void main();
