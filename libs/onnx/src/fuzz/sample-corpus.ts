import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linearClassifier, perceptron, reluModel, treeModel } from '../testing/sample-models';

/** What the fuzzers start from: one model of each kind that the gate lets in, and what other people's exporters write. */
export function sampleCorpus(): { name: string; bytes: Uint8Array }[] {
  const exportsFolder = join(__dirname, '../../test/exports');
  const exported = readdirSync(exportsFolder)
    .filter((name) => name.endsWith('.onnx'))
    .sort()
    .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(join(exportsFolder, name))) }));
  return [
    { name: 'relu', bytes: reluModel() },
    { name: 'perceptron', bytes: perceptron() },
    { name: 'tree', bytes: treeModel() },
    { name: 'classifier', bytes: linearClassifier() },
    ...exported,
  ];
}
