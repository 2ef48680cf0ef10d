import { createHash } from 'node:crypto';
import { FileArtifactStore } from '@millrace/artifacts';
import { type LearnerPlan, LearnerSnapshotFailed, LearnerSnapshotTaken, LearnerStarted } from '@millrace/contracts';
import { digestOf } from '@millrace/learning';
import { packageModel } from '@millrace/onnx';
import { examples, fed, LabelledStream, plan, start } from '../../../test/labelled-stream';
import { TrainingUnderTest } from '../../../test/training-under-test';
import { onlinePlanOf } from '../plan-of';

const AT = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const policy = { model: 'flights-online', everyExamples: 1_000, everySeconds: null, releaseWhenBetterBy: null };
const tree: LearnerPlan = { ...plan, algorithm: 'hoeffding-tree', parameters: { grace: 50, tie: 0.3 } };

let service: TrainingUnderTest;
let stream: LabelledStream;

beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start({ MILLRACE_TRAINING_WORKERS: '0' });
  stream = await LabelledStream.open(service);
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

const snapshot = (learner: string, offset: number) =>
  stream.fact<LearnerSnapshotTaken>(learner, LearnerSnapshotTaken, (one) => one.offset === offset);

/** The digest of the file that anybody makes of the first examples. */
function digestFromScratch(count: number, of: LearnerPlan): string {
  const learner = fed(examples.slice(0, count), of);
  const metadata = { planDigest: digestOf(onlinePlanOf(of)), stateHash: learner.hash(), offset: String(count) };
  return createHash('sha256').update(packageModel(learner.learner.trained(), metadata)).digest('hex');
}

describe('training > snapshots of learners', () => {
  it.each([
    ['logistic', plan],
    ['tree', tree],
  ])('makes an ONNX file of a %s every so many examples: same log, same bytes', async (learner, of) => {
    const snapshots = { ...policy, releaseWhenBetterBy: 0.01 };
    const started = await stream.startLearner(start(learner, { plan: of, snapshots }));
    expect(started.record).toBe(LearnerStarted.fullName);
    if (learner === 'logistic') await stream.send(examples.slice(0, 2_500), AT);
    for (const offset of [1_000, 2_000]) {
      const taken = await snapshot(learner, offset);
      expect(taken).toMatchObject({
        model: 'flights-online',
        endpoint: 'flights-late',
        because: 'EXAMPLES',
        taken: offset,
        stateHash: fed(examples.slice(0, offset), of).hash(),
        artifact: { digest: digestFromScratch(offset, of), mediaType: 'application/onnx' },
      });
      expect(taken.parity.rows).toBeGreaterThan(1_300);
      expect(taken.parity.maxDifference).toBeLessThanOrEqual(1e-5);
      expect(taken.signature.inputs.map(({ field, type, optional }) => [field, type, optional])).toEqual([
        ['origin', 'STRING', true],
        ['distance', 'FLOAT', true],
        ['departure', 'INT64', false],
      ]);
      // The released model says 0.2 to all: there is much to win.
      expect(taken.betterBy).toBeCloseTo(taken.beside!.released.logLoss! - taken.beside!.learner.logLoss!, 12);
      expect(await new FileArtifactStore(`${service.folder}/artifacts`).has(taken.artifact.digest)).toBe(true);
    }
    expect(await stream.facts(learner, LearnerSnapshotTaken)).toHaveLength(2);
  });

  it('killed while it packages: every snapshot once, in order, and the learner goes on', async () => {
    await service.stop();
    const dying = await service.start({
      MILLRACE_TRAINING_WORKERS: '0',
      MILLRACE_CRASH_AT: 'training.after-snapshot',
    });
    await stream.send(examples.slice(2_500, 4_000), AT + MINUTE);
    expect((await dying.exit).signal).toBe('SIGKILL');
    await service.start({ MILLRACE_TRAINING_WORKERS: '0' });
    for (const learner of ['logistic', 'tree']) {
      await snapshot(learner, 4_000);
      const taken = await stream.facts<LearnerSnapshotTaken>(learner, LearnerSnapshotTaken);
      expect(taken.map(({ offset }) => offset)).toEqual([1_000, 2_000, 3_000, 4_000]);
      expect(taken[3].artifact.digest).toBe(digestFromScratch(4_000, learner === 'tree' ? tree : plan));
    }
  });

  it('makes one when the labelled records are so many seconds newer, whatever the clock says', async () => {
    const snapshots = { ...policy, everyExamples: null, everySeconds: 90 };
    await stream.startLearner(start('timed', { snapshots }));
    // The first 4,000 stand at 0 and at 1 minute: 90 s are over with the first of these, and again 2 minutes later.
    await stream.send(examples.slice(4_000, 4_100), AT + 2 * MINUTE);
    await snapshot('timed', 4_001);
    // The process that learns on has not seen the last snapshot.
    await service.die();
    await service.start({ MILLRACE_TRAINING_WORKERS: '0' });
    await stream.send(examples.slice(4_100, 4_200), AT + 3 * MINUTE);
    await stream.send(examples.slice(4_200, 4_300), AT + 4 * MINUTE);
    await snapshot('timed', 4_201);
    const taken = await stream.facts<LearnerSnapshotTaken>('timed', LearnerSnapshotTaken);
    expect(taken.map(({ offset, because }) => [offset, because])).toEqual([
      [4_001, 'SECONDS'],
      [4_201, 'SECONDS'],
    ]);
    expect(taken[1].betterBy).toBeNull();
  });

  it('says why a snapshot is no file, and learns on', async () => {
    const second = await LabelledStream.open(service, 2);
    const snapshots = { ...policy, everyExamples: 100 };
    await second.startLearner(start('blank', { major: 2, snapshots }));
    await second.send(examples.slice(0, 100).map((example) => ({ ...example, label: 7 })));
    await second.send(examples.slice(100, 300));
    await snapshot('blank', 300);
    expect(await second.facts<LearnerSnapshotFailed>('blank', LearnerSnapshotFailed)).toMatchObject([
      { offset: 100, reasonCode: 'LEARNING_TOO_FEW_ROWS', reason: expect.stringContaining('not learned') },
    ]);
    expect(await second.facts('blank', LearnerSnapshotTaken)).toHaveLength(2);
  });
});
