import {
  ApproveRelease,
  ClassifyModel,
  CreateEndpoint,
  HaltEndpoint,
  ProposeRelease,
  RollBackRelease,
  RunCompleted,
  RunPlanned,
  sampleOf,
  signatureInput,
  Topics,
} from '@millrace/contracts';
import { type Fact, makeInstallation, type NodeProcess, ServiceUnderTest } from '@millrace/testing';

let registry: ServiceUnderTest;
let governance: NodeProcess;

async function startGovernance(): Promise<void> {
  governance = registry.spawn('apps/governance/src/main.ts');
  await governance.waitFor('governance runs', 60_000);
}

// Both services as they are, on one broker and one database: nobody plays either.
beforeAll(async () => {
  registry = new ServiceUnderTest(await makeInstallation('registry'));
  await Promise.all([registry.start(), startGovernance()]);
}, 120_000);
afterAll(async () => {
  await governance?.kill();
  await registry?.clear();
}, 60_000);

const signature = {
  inputs: [signatureInput('x')],
  outputs: [{ name: 'p', field: 'p', type: 'FLOAT' as const, rank: 2, width: 1, meaning: '' }],
};

/** A run that tim started gives the next version of a model. */
async function trained(model: string, letter: string): Promise<void> {
  const run = `run-${model}-${letter}`;
  await registry.publish(RunPlanned, run, {
    ...(sampleOf(RunPlanned) as RunPlanned),
    run,
    model,
    dataset: 'd:1',
    requestedBy: 'tim',
  });
  const completed = sampleOf(RunCompleted) as RunCompleted;
  const artifact = { digest: letter.repeat(64), size: 1, mediaType: 'application/onnx' };
  const result = { ...completed.result, artifact, signature };
  const done = await registry.publish(RunCompleted, run, { ...completed, run, model, dataset: 'd:1', result });
  await registry.answer(Topics.models, done);
}

async function endpoint(name: string, model: string): Promise<void> {
  const wanted = { endpoint: name, model, version: 1, major: 1, partitions: 1, description: '' };
  await registry.answer(Topics.endpoints, await registry.command(CreateEndpoint, name, wanted));
}

const propose = (name: string, model: string, version = 1) =>
  registry.command(ProposeRelease, name, { endpoint: name, model, version, reason: '' }, { actor: 'sue' });
const classify = (model: string, riskClass: ClassifyModel['riskClass']) =>
  registry.command(ClassifyModel, model, { model, riskClass, reasons: ['it is so'], purpose: 'a purpose' });
const releases = async (name: string) => (await registry.facts(Topics.releases)).filter(({ key }) => key === name);
const named = ({ record }: Fact) => record.slice(record.lastIndexOf('.') + 1);
const untilSaid = (name: string, record: string, release: string) =>
  registry.await(
    `${record} of ${release}`,
    () => releases(name),
    (fact) => named(fact) === record && fact.data.release === release,
  );

describe('registry and governance > the approval loop', () => {
  it('lets what is classified go live by policy, and names the policy', async () => {
    await trained('tiny', 'a');
    await endpoint('e-tiny', 'tiny');
    await classify('tiny', 'MINIMAL');
    const release = await propose('e-tiny', 'tiny');
    await untilSaid('e-tiny', 'ReleaseActivated', release);
    const facts = await releases('e-tiny');
    expect(facts.map(named)).toEqual(['ReleaseProposed', 'ReleaseGranted', 'ReleaseActivated']);
    expect(facts[1]!.data).toMatchObject({ by: 'built-in:1', policy: 'built-in:1', binding: expect.any(String) });
    const [granted] = (await registry.facts(Topics.approvals)).filter(({ key }) => key === release);
    expect([facts[1]!.causationId, facts[2]!.causationId]).toEqual([granted!.id, granted!.id]);
    expect(granted!.causationId).toBe(facts[0]!.id);
    expect(new Set([facts[0]!, granted!, facts[2]!].map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('waits for a class, is denied when that is unacceptable, and a roll back there is refused', async () => {
    await trained('grim', 'b');
    await endpoint('e-grim', 'grim');
    const release = await propose('e-grim', 'grim');
    await registry.await(
      'request',
      () => registry.facts(Topics.approvals),
      ({ key, data }) => key === release && JSON.stringify(data.missing).includes('RISK_CLASS'),
    );
    expect((await releases('e-grim')).map(named)).toEqual(['ReleaseProposed']);
    await classify('grim', 'UNACCEPTABLE');
    const refused = await untilSaid('e-grim', 'ReleaseRefused', release);
    expect(refused.data).toMatchObject({ reasonCode: 'RELEASE_DENIED', missing: [{ code: 'RISK_CLASS' }] });
  });

  it('a class that comes later brings it live; then it is halted and rolled back without asking anybody', async () => {
    await trained('late', 'c');
    await endpoint('e-late', 'late');
    const release = await propose('e-late', 'late');
    await classify('late', 'MINIMAL');
    await untilSaid('e-late', 'ReleaseActivated', release);
    await registry.command(HaltEndpoint, 'e-late', { endpoint: 'e-late', reason: 'harm' });
    const back = await registry.command(RollBackRelease, 'e-late', { endpoint: 'e-late', toRevision: 1, reason: '' });
    await untilSaid('e-late', 'ReleaseActivated', back);
    expect((await registry.facts(Topics.approvals)).filter(({ key }) => key === back)).toEqual([]);
    await classify('late', 'UNACCEPTABLE');
    await registry.command(HaltEndpoint, 'e-late', { endpoint: 'e-late', reason: 'harm' });
    const again = () => registry.command(RollBackRelease, 'e-late', { endpoint: 'e-late', toRevision: 1, reason: '' });
    await registry.until(
      'refusal',
      async () => (await registry.answer(Topics.releases, await again())).data.reasonCode,
      (code) => code === 'MODEL_UNACCEPTABLE',
    );
  });

  it('whatever dies in between, what was granted goes live once', async () => {
    await classify('tiny', 'MINIMAL');
    await trained('tiny', 'd');
    await governance.kill();
    const release = await propose('e-tiny', 'tiny', 2);
    await untilSaid('e-tiny', 'ReleaseProposed', release);
    await startGovernance();
    await untilSaid('e-tiny', 'ReleaseActivated', release);
    const granted = (await releases('e-tiny')).filter((fact) => fact.data.release === release).map(named);
    expect(granted).toEqual(['ReleaseProposed', 'ReleaseGranted', 'ReleaseActivated']);
  });

  it('an approval of high risk takes two others, whatever order their words come in', async () => {
    await trained('loans', 'f');
    await endpoint('e-loans', 'loans');
    await classify('loans', 'HIGH');
    const release = await propose('e-loans', 'loans');
    const request = await registry.await(
      'request',
      () => registry.facts(Topics.approvals),
      ({ key, data }) => key === release && JSON.stringify(data.missing).includes('tim, who trained it'),
    );
    const body = { release, binding: String(request.data.binding), reason: 'seen', roles: ['approver'] };
    for (const actor of ['sue', 'tim', 'bob', 'bob', 'cy'])
      await registry.command(ApproveRelease, release, body, { actor });
    const said = await registry.until(
      'five answers',
      async () => (await registry.facts(Topics.approvals)).filter(({ key }) => key === release),
      (facts) => facts.filter((fact) => /ReleaseApproved|ApprovalRefused/.test(fact.record)).length === 5,
    );
    const answers = said.filter((fact) => /ReleaseApproved|ApprovalRefused/.test(fact.record));
    expect(answers.map(({ data }) => data.by ?? data.reasonCode)).toEqual([
      'FOUR_EYES',
      'FOUR_EYES',
      'bob',
      'ALREADY_APPROVED',
      'cy',
    ]);
    // Verdict and notice are missing still.
    expect((await releases('e-loans')).map(named)).toEqual(['ReleaseProposed']);
  });
});
