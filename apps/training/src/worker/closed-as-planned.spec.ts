import { type ModelSignature, SignatureInput, sampleOf } from '@millrace/contracts';
import { closedAsPlanned } from './closed-as-planned';

const input = (name: string) => ({ ...sampleOf(SignatureInput), name, closed: false });
const feature = (name: string, closed: boolean) => ({
  name,
  column: name,
  kind: 'NUMBER' as const,
  meaning: '',
  closed,
});

describe('training > worker > closedAsPlanned', () => {
  it('closes the inputs of the features that the plan closes, and leaves the rest as it was', () => {
    const signature: ModelSignature = { inputs: [input('a'), input('b')], outputs: [] };
    const closed = closedAsPlanned(signature, { features: [feature('a', false), feature('b', true)] });
    expect(closed).toEqual({ inputs: [input('a'), { ...input('b'), closed: true }], outputs: [] });
    expect(signature.inputs[1]?.closed).toBe(false);
  });
});
