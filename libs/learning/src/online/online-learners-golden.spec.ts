import { readParameters } from '../learners/parameters';
import { ONLINE_LEARNERS } from './catalogue';
import { SAMPLE_INPUTS, sampleStream } from './sample-stream';

/** A learner is rebuilt from the log years later, so these bytes may change with ONLINE_VERSION only. */
const GOLDEN: Readonly<Record<string, string>> = {
  'logistic-adagrad': '30989d0b0e23cd9025dde6abdf235eb16d5b2f0b1ef7cefe1d3488238ce08ade',
  'logistic-ftrl': 'c294d99bd81861085546070394b32efb1e6bc648bfafc0b08803be17c720303b',
  'hoeffding-tree': 'deebb8b773097eae171c15e7408107042617ad01516482a56954f187c78c5156',
};

describe('learning > online learners > golden hashes', () => {
  it.each([...ONLINE_LEARNERS.keys()])('%s gives the bytes of its version', (name) => {
    const kind = ONLINE_LEARNERS.get(name);
    if (!kind) throw new Error(name);
    const learner = kind.create(SAMPLE_INPUTS, readParameters(name, kind.parameters, {}));
    const row = learner.layout.row();
    for (const { features, label } of sampleStream(5_000, 21)) learner.learn(learner.layout.read(features, row), label);
    expect(learner.hash()).toBe(GOLDEN[name]);
  });
});
