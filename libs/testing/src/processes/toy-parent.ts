// A parent for spawn-node.spec.ts: starts the given script and stays.
import { spawnNode } from './spawn-node';

async function main(script: string): Promise<void> {
  const child = spawnNode(script, { args: ['stay'] });
  await child.waitFor('ready');
  console.log(`child ${child.pid} is up`);
  await child.exit;
}

void main(process.argv[2]);
