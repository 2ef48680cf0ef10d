import { type ModelSignature, type SignatureInput, servingFieldName } from '@millrace/contracts';
import type { InputProfile, TrainedModel } from '@millrace/learning';
import { INPUT_TYPES, PROBABILITY, VALUE } from './package-model';

/**
 * The signature of a packaged model: what training saw of each input - range, categories, whether it may be missing - so that
 * lanes can check requests without opening the model. Ranges and categories are open: what lies outside is a warning.
 */
export function signatureOf(trained: TrainedModel): ModelSignature {
  const classification = trained.task === 'BINARY_CLASSIFICATION';
  const name = classification ? PROBABILITY : VALUE;
  const meaning = classification ? 'Probability of the positive class, 0 to 1' : 'Predicted value';
  return {
    inputs: trained.inputs.map(signatureInput),
    outputs: [{ name, field: name, type: 'FLOAT', rank: 2, width: 1, meaning }],
  };
}

function signatureInput({ name, kind, meaning, optional, min, max, categories }: InputProfile): SignatureInput {
  return {
    name,
    field: servingFieldName(name),
    type: INPUT_TYPES[kind],
    rank: 2,
    width: 1,
    optional,
    closed: false,
    min,
    max,
    categories: categories === null ? null : [...categories],
    meaning: meaning ?? '',
  };
}
