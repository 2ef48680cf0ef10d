import { codesOf } from './error-code';

/** `reasonCode` of a response that is no prediction. Codes about one field are followed by `:<field>`. */
export const RESPONSE_CODES = codesOf('RESPONSE', {
  NO_RELEASE: ['The endpoint serves no version yet', 'Propose a release: millrace release propose'],
  ENDPOINT_RETIRED: ['The endpoint was retired', 'Use another endpoint; names are never used again', 'REFUSAL'],
  ENDPOINT_HALTED: [
    'The kill switch of the endpoint was pulled',
    'Read the reason: millrace release list; release a version, or roll back, to go on',
    'REFUSAL',
  ],
  DEADLINE_PASSED: ['The request’s deadline passed before it was answered', 'Set a later deadline, or look at the lag'],
  MISSING_INPUT: ['A required input is null', 'Fill it, or train with the input marked optional'],
  NAN_INPUT: ['A number is NaN or infinite', 'Send null for a missing value of an optional input'],
  OUT_OF_RANGE: [
    'A number lies outside the range seen in training; REJECTED when the signature is closed there, else a warning',
    'Check the unit of what is sent; train on data that covers it',
    'WARNING',
  ],
  UNSEEN_CATEGORY: [
    'A text was not seen in training; REJECTED when the signature is closed there, else a warning',
    'Check the spelling of what is sent; train on data that has it',
    'WARNING',
  ],
  EXPECTATION_BROKEN: [
    'A value breaks the expectation that is named, which the release checks; REJECTED for severity ERROR, else a warning',
    'Compare what is sent with millrace expectations show <source>',
    'WARNING',
  ],
  WRONG_LENGTH: ['A list has not as many values as the input takes', 'Send exactly as many as the schema’s doc says'],
  MODEL_UNUSABLE: [
    'The bytes of the model are not what the release names, or ONNX Runtime does not load them',
    'Release another version; compare the digest in the artifact store',
    'REFUSAL',
  ],
  MODEL_FAILED: [
    'ONNX Runtime ended with an error on these inputs',
    'Read the reason; release another version',
    'REFUSAL',
  ],
  BAD_OUTPUT: ['The model gave an output that its signature does not describe', 'Release another version'],
  MODEL_QUARANTINED: [
    'The model killed three workers within ten minutes and is not run any more',
    'Release another version, or lift the quarantine when the cause is cured',
  ],
});
