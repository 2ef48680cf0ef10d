import { readParameters } from '../learners/parameters';
import { ONLINE_LEARNERS } from './catalogue';
import { SAMPLE_INPUTS, sampleStream } from './sample-stream';

/** A learner is rebuilt from the log years later, so these bytes may change with ONLINE_VERSION only. */
const GOLDEN: Readonly<Record<string, string>> = {
  'logistic-adagrad': '2a2b28c338f4728784d19cb79e90934e8066ce8448879b18ea25f29be8426a0f',
  'logistic-ftrl': '08c9dbe02046aac420a91ef00aa917cff987eeee3f5fa23598777bb16b06e8b8',
  'hoeffding-tree': '09b1bffdf3b7840cc1530d7ccbb28b0f43ca5b9affa88cb0f38f75e2f87275e6',
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
