import {
  type ArtifactRef,
  type DecisionContext,
  type ModelSignature,
  type SignatureInput,
  signatureInput,
} from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import type { ModelVersion } from './model';

/** Small values that the specs of this folder share. */
export const artifact = (letter: string): ArtifactRef => ({
  digest: letter.repeat(64),
  size: 1,
  mediaType: 'application/onnx',
});

export const input = signatureInput;

export const signature = (...inputs: SignatureInput[]): ModelSignature => ({
  inputs,
  outputs: [{ name: 'p', field: 'p', type: 'FLOAT', rank: 2, width: 1, meaning: '' }],
});

export const modelVersion = (
  version: number,
  letter: string,
  of: ModelSignature = signature(input('x')),
): ModelVersion => ({
  version,
  artifact: artifact(letter),
  signature: of,
  run: null,
  learner: null,
});

export const endpointWith = (...signatures: ModelSignature[]): Endpoint => ({
  status: 'LIVE',
  majors: signatures.map((one, index) => ({ major: index + 1, signature: one })),
});

export const at = (version: number, causeId = 'cause-1'): DecisionContext => ({
  version,
  now: 1_000,
  actor: 'ann',
  causeId,
});
