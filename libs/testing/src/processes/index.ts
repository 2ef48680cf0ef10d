export { type ExitOfNode, NodeProcess, type SpawnNodeOptions, spawnNode } from './spawn-node';
