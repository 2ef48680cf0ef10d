import {
  ApproveRelease,
  AttachNotice,
  BUILT_IN_POLICY,
  ClassifyModel,
  DatasetJudged,
  DefinePolicy,
  LearnerStarted,
  ModelVersionRegistered,
  type PolicyRule,
  RejectRelease,
  ReleaseProposed,
  ReleaseWithdrawn,
  RunPlanned,
  releaseBinding,
  sampleOf,
  Topics,
} from '@millrace/contracts';
import { type CommandOptions, type Fact, makeInstallation, ServiceUnderTest, strangerSigner } from '@millrace/testing';
import { rulesWith } from './domain/domain-fixtures';

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('governance'));
  await service.start();
}, 120_000);
afterAll(() => service?.clear(), 60_000);

const classify = (model: string, change: Partial<ClassifyModel> = {}): ClassifyModel => ({
  model,
  riskClass: 'LIMITED',
  reasons: ['it talks to people'],
  purpose: 'a help desk',
  ...change,
});

describe('governance > risks and policies', () => {
  it('classifies a model, takes its notice, and gives a doubled command one effect', async () => {
    const first = await service.command(ClassifyModel, 'talk', classify('talk'));
    expect(await service.answer(Topics.risks, first)).toMatchObject({
      record: 'io.millrace.governance.ModelClassified',
      key: 'talk',
      data: { riskClass: 'LIMITED', by: 'ann', aggregateVersion: 1 },
    });
    await service.command(ClassifyModel, 'talk', classify('talk'), { id: first });
    const notice = await service.command(AttachNotice, 'talk', { model: 'talk', notice: 'A machine answers.' });
    expect(await service.answer(Topics.risks, notice)).toMatchObject({
      record: 'io.millrace.governance.NoticeAttached',
      data: { notice: 'A machine answers.', aggregateVersion: 2 },
    });
    expect(await service.answersTo(Topics.risks, first)).toHaveLength(1);
  });

  it('defines a policy, and counts', async () => {
    const define = (rules: PolicyRule[]) =>
      service.command(DefinePolicy, 'release', { policy: 'release', rules, reason: 'ours' });
    const first = await define(rulesWith('MINIMAL', { approvals: 1 }));
    expect(await service.answer(Topics.policies, first)).toMatchObject({
      record: 'io.millrace.governance.PolicyDefined',
      data: { number: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/), rules: { length: 4 } },
    });
    expect(await service.answer(Topics.policies, await define(BUILT_IN_POLICY.rules as PolicyRule[]))).toMatchObject({
      data: { number: 2 },
    });
  });

  it.each([
    ['a name that is none', ClassifyModel, classify('A b'), 'BAD_NAME', Topics.risks],
    ['no risk class', ClassifyModel, classify('m', { riskClass: 'UNKNOWN' }), 'BAD_RISK_CLASS', Topics.risks],
    ['no reasons', ClassifyModel, classify('m', { reasons: [] }), 'BAD_REASONS', Topics.risks],
    ['a blank notice', AttachNotice, { model: 'm', notice: ' ' }, 'BAD_NOTICE', Topics.risks],
    [
      'a policy without rules',
      DefinePolicy,
      { policy: 'release', rules: [], reason: '' },
      'BAD_POLICY',
      Topics.policies,
    ],
    [
      'another policy',
      DefinePolicy,
      { policy: '', rules: BUILT_IN_POLICY.rules, reason: '' },
      'BAD_NAME',
      Topics.policies,
    ],
  ])('refuses %s', async (_, record, data, reasonCode, topic) => {
    const command = await service.command(record as never, 'k', data as never);
    expect(await service.answer(topic, command)).toMatchObject({ data: { reasonCode, commandId: command } });
  });

  it.each([
    ['no signature', null],
    ['the signature of a stranger', strangerSigner()],
  ])('a command with %s goes to the dead letters and changes nothing', async (_, signer) => {
    await service.garbage(Topics.governanceCommands);
    const forged = await service.command(ClassifyModel, 'forged', classify('forged'), { signer });
    const honest = await service.command(ClassifyModel, 'honest', classify('honest'));
    await service.answer(Topics.risks, honest);
    expect((await service.facts(Topics.risks)).some(({ key }) => key === 'forged')).toBe(false);
    const letters = await service.facts(Topics.governanceDeadLetters);
    expect(letters.map((letter) => letter.data.reasonCode)).toEqual(
      expect.arrayContaining(['BAD_SIGNATURE', 'UNREADABLE']),
    );
    expect(await service.answersTo(Topics.risks, forged)).toEqual([]);
  });
});

describe('governance > approvals', () => {
  const DIGEST = 'd'.repeat(64);
  const binding = (endpoint: string) => releaseBinding({ endpoint, major: 1, digest: DIGEST, strategy: 'ALL_AT_ONCE' });

  /** What the registry says when sue wants a version live. @returns id of the release */
  async function proposed(release: string, endpoint: string, model: string, change: Partial<ReleaseProposed> = {}) {
    const said = { aggregateVersion: 1, occurredAt: 1, endpoint, release, model, version: 1, digest: DIGEST };
    await service.publish(ReleaseProposed, endpoint, {
      ...said,
      kind: 'FORWARD',
      reason: 'better',
      proposedBy: 'sue',
      major: 1,
      strategy: 'ALL_AT_ONCE',
      ...change,
    });
  }

  const of = async (release: string) => (await service.facts(Topics.approvals)).filter(({ key }) => key === release);
  const named = (fact: Fact | undefined) => fact?.record.split('.').at(-1);
  const missingIn = ({ data }: Fact) => ((data.missing ?? []) as { code: string }[]).map(({ code }) => code);
  /** The newest fact about a release, once `wanted` says yes to it. */
  const until = async (release: string, what: string, wanted: (fact: Fact) => boolean): Promise<Fact> =>
    (await service.until(
      `${what} for ${release}`,
      async () => (await of(release)).at(-1),
      (fact) => fact !== undefined && wanted(fact),
    ))!;
  const classified = async (model: string, riskClass: ClassifyModel['riskClass']) =>
    service.answer(Topics.risks, await service.command(ClassifyModel, model, classify(model, { riskClass })));
  const approve = async (release: string, endpoint: string, options: CommandOptions) => {
    const body = { release, binding: binding(endpoint), reason: 'seen', roles: ['admin'] };
    const command = await service.command(ApproveRelease, release, body, options);
    return service.answer(Topics.approvals, command);
  };

  it('grants a minimal one at once, and lets one without a class wait until it is classified', async () => {
    await classified('tiny', 'MINIMAL');
    await proposed('r-tiny', 'e-tiny', 'tiny');
    const granted = await until('r-tiny', 'grant', (fact) => named(fact) === 'ApprovalGranted');
    expect(granted.data).toMatchObject({ binding: binding('e-tiny'), policy: 'release:2', approvers: [] });
    expect(await of('r-tiny')).toHaveLength(1);
    await proposed('r-new', 'e-new', 'new');
    const waits = await until('r-new', 'wait', (fact) => named(fact) === 'ApprovalRequested');
    expect(missingIn(waits)).toEqual(['RISK_CLASS']);
    await classified('new', 'MINIMAL');
    await until('r-new', 'grant', (fact) => named(fact) === 'ApprovalGranted');
  });

  it('asks about a high one: data, notice, and two people who neither proposed nor trained', async () => {
    await classified('loans', 'HIGH');
    await proposed('r-loans', 'e-loans', 'loans');
    await until('r-loans', 'request', (fact) => missingIn(fact).includes('VERSION'));
    const run = { ...(sampleOf(RunPlanned) as RunPlanned), run: 'run-1', model: 'loans', requestedBy: 'tim' };
    await service.publish(RunPlanned, 'run-1', run);
    const version: ModelVersionRegistered = {
      ...(sampleOf(ModelVersionRegistered) as ModelVersionRegistered),
      aggregateVersion: 1,
      model: 'loans',
      version: 1,
      artifact: { digest: DIGEST, size: 1, mediaType: 'application/onnx' },
      run: 'run-1',
      dataset: 'loans:1',
      metrics: { 'holdOut.auc': 0.7 },
    };
    await service.publish(ModelVersionRegistered, 'loans', version);
    await until('r-loans', 'verdict and notice', (fact) => missingIn(fact).join() === 'VERDICT,NOTICE,APPROVALS');
    const judged = { ...(sampleOf(DatasetJudged) as DatasetJudged), dataset: 'loans:1', verdict: 'ACCEPTED' as const };
    await service.publish(DatasetJudged, 'loans:1', judged);
    await until('r-loans', 'notice', (fact) => missingIn(fact).join() === 'NOTICE,APPROVALS');
    await service.command(AttachNotice, 'loans', { model: 'loans', notice: 'A machine decides.' });
    await until('r-loans', 'approvals', (fact) => missingIn(fact).join() === 'APPROVALS');

    const refusals = [
      await approve('r-loans', 'e-loans', { actor: 'sue' }),
      await approve('r-loans', 'e-loans', { actor: 'tim' }),
      await approve('r-loans', 'e-other', { actor: 'bob' }),
    ];
    expect(refusals.map(({ data }) => data.reasonCode)).toEqual(['FOUR_EYES', 'FOUR_EYES', 'PROPOSAL_CHANGED']);
    expect(named(await approve('r-loans', 'e-loans', { actor: 'bob' }))).toBe('ReleaseApproved');
    expect((await approve('r-loans', 'e-loans', { actor: 'bob' })).data.reasonCode).toBe('ALREADY_APPROVED');
    await approve('r-loans', 'e-loans', { actor: 'cy' });
    const granted = await until('r-loans', 'grant', (fact) => named(fact) === 'ApprovalGranted');
    expect(granted.data).toMatchObject({ approvers: ['bob', 'cy'], trainedBy: 'tim', proposedBy: 'sue' });
    expect((await of('r-loans')).map(({ data }) => data.aggregateVersion)).toEqual(
      Array.from({ length: (await of('r-loans')).length }, (_, index) => index + 1),
    );
  });

  it('takes who started a learner for the trainer of its snapshots', async () => {
    await classified('online', 'HIGH');
    const started = { ...(sampleOf(LearnerStarted) as LearnerStarted), learner: 'river', startedBy: 'tim' };
    await service.publish(LearnerStarted, 'river', started);
    const version: ModelVersionRegistered = {
      ...(sampleOf(ModelVersionRegistered) as ModelVersionRegistered),
      aggregateVersion: 1,
      model: 'online',
      version: 1,
      artifact: { digest: DIGEST, size: 1, mediaType: 'application/onnx' },
      run: null,
      dataset: null,
      learner: { learner: 'river', offset: 5_000, stateHash: 'h' },
    };
    await service.publish(ModelVersionRegistered, 'online', version);
    await proposed('r-online', 'e-online', 'online');
    await until('r-online', 'data', (fact) => missingIn(fact).includes('DATA_SET'));
    expect((await approve('r-online', 'e-online', { actor: 'tim' })).data.reasonCode).toBe('FOUR_EYES');
  });

  it('denies what is unacceptable, rejects what somebody rejects, and closes what is withdrawn', async () => {
    await classified('evil', 'UNACCEPTABLE');
    await proposed('r-evil', 'e-evil', 'evil');
    await until('r-evil', 'denial', (fact) => named(fact) === 'ReleaseDenied');
    expect((await approve('r-evil', 'e-evil', { actor: 'bob' })).data.reasonCode).toBe('NOT_WAITING');

    await classified('odd', 'HIGH');
    await proposed('r-odd', 'e-odd', 'odd');
    await until('r-odd', 'request', () => true);
    const reject = (reason: string) => service.command(RejectRelease, 'r-odd', { release: 'r-odd', reason });
    const blank = await service.answer(Topics.approvals, await reject(' '));
    expect(blank.data.reasonCode).toBe('REASON_MISSING');
    expect(named(await service.answer(Topics.approvals, await reject('no figures')))).toBe('ReleaseRejected');

    await proposed('r-odd-2', 'e-odd', 'odd');
    await until('r-odd-2', 'request', () => true);
    const withdrawn = { aggregateVersion: 2, occurredAt: 1, endpoint: 'e-odd', release: 'r-odd-2', by: 'ann' };
    await service.publish(ReleaseWithdrawn, 'e-odd', { ...withdrawn, reason: 'the endpoint was halted' });
    await until('r-odd-2', 'end', (fact) => named(fact) === 'ApprovalClosed');
  });

  it('asks nobody about roll backs and about what was proposed before approvals existed', async () => {
    await proposed('r-back', 'e-back', 'loans', { kind: 'ROLL_BACK' });
    await proposed('r-old', 'e-old', 'loans', { strategy: '' });
    await proposed('r-last', 'e-last', 'tiny');
    await until('r-last', 'grant', (fact) => named(fact) === 'ApprovalGranted');
    expect([...(await of('r-back')), ...(await of('r-old'))]).toEqual([]);
  });

  it.each([
    ['no signature', null],
    ['the signature of a stranger', strangerSigner()],
  ])('an approval with %s counts for nothing', async (_, signer) => {
    const release = `r-forged-${signer === null}`;
    await proposed(release, 'e-forged', 'loans');
    await until(release, 'request', () => true);
    const body = { release, binding: binding('e-forged'), reason: '', roles: ['admin'] };
    for (const actor of ['bob', 'cy']) await service.command(ApproveRelease, release, body, { signer, actor });
    await approve(release, 'e-forged', { actor: 'bob' });
    const facts = (await of(release)).map(named);
    expect(facts.filter((record) => record === 'ReleaseApproved')).toHaveLength(1);
    expect(facts).not.toContain('ApprovalGranted');
  });

  it.each([
    ['proposals', Topics.releases],
    ['versions', Topics.models],
    ['runs', Topics.runs],
    ['learners', Topics.learners],
    ['verdicts', Topics.verdicts],
    ['commands', Topics.governanceCommands],
  ])('bytes that are no record among the %s become a dead letter, and stop nothing', async (_, topic) => {
    const before = (await service.facts(Topics.governanceDeadLetters)).length;
    await service.garbage(topic);
    const release = `r-beside-${topic.name}`;
    await proposed(release, 'e-beside', 'tiny');
    await until(release, 'grant', (fact) => named(fact) === 'ApprovalGranted');
    const letters = await service.until(
      'dead letter',
      () => service.facts(Topics.governanceDeadLetters),
      (facts) => facts.length > before,
    );
    expect(letters.at(-1)!.data).toMatchObject({ reasonCode: 'UNREADABLE', topic: topic.name });
  });

  it('killed between decision and offset, a proposal is weighed once', async () => {
    await service.stop();
    const dying = await service.start({ MILLRACE_CRASH_AT: 'outbox.after-commit' });
    await proposed('r-killed', 'e-killed', 'tiny');
    expect((await dying.exit).signal).toBe('SIGKILL');
    await service.start();
    await until('r-killed', 'grant', (fact) => named(fact) === 'ApprovalGranted');
    await proposed('r-after', 'e-after', 'tiny');
    await until('r-after', 'grant', (fact) => named(fact) === 'ApprovalGranted');
    expect(await of('r-killed')).toHaveLength(1);
  });

  it('rebuilds its tables from the log, beside the running service', async () => {
    const { tables } = await service.rebuild();
    const ours = ['approvals', 'policies', 'risks', 'trainers', 'verdicts', 'versions'];
    const found = tables.filter(({ table }) => ours.includes(table));
    expect(found.map(({ table, difference }) => [table, difference])).toEqual(ours.map((table) => [table, null]));
    for (const { rows, hash, hashRebuilt } of found) {
      expect(rows).toBeGreaterThan(0);
      expect(hashRebuilt).toBe(hash);
    }
  });
});
