import { AttachNotice, ClassifyModel, DefinePolicy, type PolicyRule, Topics } from '@millrace/contracts';
import { makeInstallation, ServiceUnderTest, strangerSigner } from '@millrace/testing';
import { BUILT_IN } from './domain/built-in-policy';
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
    expect(await service.answer(Topics.policies, await define(BUILT_IN.rules as PolicyRule[]))).toMatchObject({
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
    ['another policy', DefinePolicy, { policy: '', rules: BUILT_IN.rules, reason: '' }, 'BAD_NAME', Topics.policies],
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
