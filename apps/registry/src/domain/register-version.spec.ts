import { artifact, at, signature } from './domain-fixtures';
import { evolveModel, type Model, type ModelFact, noModel } from './model';
import { type NewVersion, registerVersion } from './register-version';

const candidate = (change: Partial<NewVersion> = {}): NewVersion => ({
  model: 'm',
  artifact: artifact('a'),
  signature: signature(),
  origin: 'RUN',
  run: 'r1',
  dataset: 'd:1',
  datasetDigest: 'x',
  learner: null,
  metrics: {},
  description: '',
  ...change,
});

const after = (...facts: ModelFact[]): Model => facts.reduce(evolveModel, noModel());

describe('registry > domain > registerVersion', () => {
  it('numbers versions 1, 2, 3 within the model', () => {
    const first = registerVersion(noModel(), candidate(), at(0));
    const second = registerVersion(after(...first), candidate({ run: 'r2' }), at(1));
    expect([...first, ...second].map((fact) => 'version' in fact.data && fact.data.version)).toEqual([1, 2]);
    expect(second[0]?.data.aggregateVersion).toBe(2);
  });

  it('gives one version per run, however often its completion is delivered', () => {
    const first = registerVersion(noModel(), candidate(), at(0));
    expect(registerVersion(after(...first), candidate(), at(1))).toEqual([]);
  });

  it('gives one version per offset of a learner, and the next offset is the next version', () => {
    const snapshot = (offset: number) =>
      candidate({ origin: 'LEARNER', run: null, learner: { learner: 'l', offset, stateHash: 's' } });
    const first = registerVersion(noModel(), snapshot(100), at(0));
    expect(registerVersion(after(...first), snapshot(100), at(1))).toEqual([]);
    expect(registerVersion(after(...first), snapshot(200), at(1))[0]?.data).toMatchObject({
      version: 2,
      origin: 'LEARNER',
      learner: { learner: 'l', offset: 200 },
    });
  });

  it('refuses to import bytes that are a version already, and names it', () => {
    const model = after(...registerVersion(noModel(), candidate(), at(0)));
    const [fact] = registerVersion(model, candidate({ origin: 'IMPORT', run: null }), at(1));
    expect(fact).toMatchObject({
      type: 'ModelVersionRefused',
      data: {
        reasonCode: 'DUPLICATE_VERSION',
        aggregateVersion: 2,
        commandId: 'cause-1',
        reason: expect.stringContaining('m:1'),
      },
    });
  });
});
