/** Why a response is not what the log says it should be; each with what it means. */
export const CAUSES = {
  'other-outputs': 'the model gives other outputs for the recorded batch',
  'status-differs': 'the request leads to another status or reason',
  'warnings-differ': 'the input check gives other warnings',
  'decision-differs': 'the release of that revision names another model, version, digest or arm',
  'release-missing': 'no release of that revision stands on registry.releases.v1',
  'batch-incomplete': 'the recorded micro-batch does not fit the responses beside it',
  'request-missing': 'no readable request stands where the response says',
  'request-differs': 'the request there has another id',
  'response-missing': 'a request before later responses has none',
  'response-doubled': 'a request has a second response, or responses left the order of requests',
  'response-undecodable': 'the record on the response topic does not decode',
  'digest-missing': 'the artifact store does not have the model file',
  'artifact-tampered': 'the model file in the artifact store is not the one that its digest names',
  'model-unusable': 'ONNX Runtime does not load the model file',
} as const;

export type Cause = keyof typeof CAUSES;

/** One response that differs, and in what. */
export interface Difference {
  readonly cause: Cause;
  readonly partition: number;
  /** Of the response; of the request where there is no response. */
  readonly offset: number;
  readonly requestId: string;
  readonly recorded: unknown;
  readonly computed: unknown;
}
