// A child for spawn-node.spec.ts: compiled on the fly, with a library of the workspace.
import { crashPoint } from '@millrace/contracts';

const [mode] = process.argv.slice(2);
console.log(`ready ${mode} ${process.env.TOY ?? 'none'}`);
crashPoint('toy.here');
if (mode === 'stay') setInterval(() => {}, 1_000);
else process.exitCode = 3;
