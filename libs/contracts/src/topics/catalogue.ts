import * as governance from '../records/governance';
import * as inference from '../records/inference';
import * as ingestion from '../records/ingestion';
import * as learners from '../records/learners';
import * as ledger from '../records/ledger';
import * as monitoring from '../records/monitoring';
import * as registry from '../records/registry';
import * as retraining from '../records/retraining';
import * as shared from '../records/shared';
import * as training from '../records/training';
import * as validation from '../records/validation';
import { BATCH_MAX_BYTES, days, FOR_EVER, type Service, type TopicDefinition, topic } from './topic';

const facts = (name: string, owner: Service, key: string, purpose: string, records: TopicDefinition['records']) =>
  topic({ name, class: 'facts', owner, writers: [owner], key, records, partitions: 1, retentionMs: FOR_EVER, purpose });

const commands = (owner: Service, key: string, records: TopicDefinition['records']) =>
  topic({
    name: `${owner}.commands.v1`,
    class: 'commands',
    owner,
    writers: ['gateway'],
    key,
    records,
    partitions: 1,
    retentionMs: days(400),
    purpose: `Signed commands to ${owner}; each is answered by a fact`,
  });

const status = (owner: Service, records: TopicDefinition['records'] = [shared.ServiceStatus]) =>
  topic({
    name: `${owner}.status.v1`,
    class: 'status',
    owner,
    writers: [owner],
    key: 'instance',
    records,
    partitions: 1,
    retentionMs: days(1),
    purpose: `Heartbeats of ${owner}`,
  });

const deadLetters = (owner: Service) =>
  topic({
    name: `${owner}.dead-letters.v1`,
    class: 'dead letters',
    owner,
    writers: [owner],
    key: 'key of the record',
    records: [shared.DeadLetter],
    partitions: 1,
    retentionMs: days(400),
    purpose: `Control records that ${owner} could not process, whole`,
  });

/** Every topic that exists from the start. Topics of sources and endpoints are in `dynamic.ts`. */
export const Topics = {
  sources: facts('ingestion.sources.v1', 'ingestion', 'source', 'Life of every source', [
    ingestion.SourceRegistered,
    ingestion.SourceRefused,
  ]),
  datasets: facts('ingestion.datasets.v1', 'ingestion', 'data set', 'Every data set that was cut', [
    ingestion.DatasetRegistered,
    ingestion.DatasetRefused,
  ]),
  sortings: facts(
    'ingestion.sortings.v1',
    'ingestion',
    '<source>/<partition>',
    'Which expectation set raw records are sorted by, from which offset on',
    [ingestion.SortingChanged],
  ),
  groundTruth: facts(
    'ingestion.ground-truth.v1',
    'ingestion',
    '<endpoint>.v<major>',
    'What is wrong with the outcomes of every endpoint',
    [ingestion.OutcomeContradicted],
  ),
  ingestionCommands: commands('ingestion', 'source', [ingestion.RegisterSource, ingestion.SnapshotDataset]),
  ingestionStatus: status('ingestion'),
  ingestionDeadLetters: deadLetters('ingestion'),

  verdicts: facts('validation.verdicts.v1', 'validation', 'data set', 'May a data set be trained on, and why (not)', [
    validation.DatasetJudged,
    validation.VerdictOverridden,
    validation.OverrideRefused,
  ]),
  expectations: facts(
    'validation.expectations.v1',
    'validation',
    'source',
    'What the data sets of a source are judged by, set after set',
    [validation.ExpectationSetDefined, validation.ExpectationSetDerived, validation.ExpectationsRefused],
  ),
  validationCommands: commands('validation', 'data set or source', [
    validation.OverrideVerdict,
    validation.DefineExpectations,
  ]),
  validationStatus: status('validation'),
  validationDeadLetters: deadLetters('validation'),

  runs: facts('training.runs.v1', 'training', 'run', 'Life of every training run', [
    training.RunPlanned,
    training.RunStarted,
    training.RunCompleted,
    training.RunFailed,
    training.RunRefused,
  ]),
  learners: facts('training.learners.v1', 'training', 'learner', 'Life and reports of every online learner', [
    learners.LearnerForked,
    learners.LearnerStarted,
    learners.LearnerRolledBack,
    learners.LearnerReported,
    learners.LearnerGuardTripped,
    learners.LearnerGuardReleased,
    learners.LearnerSnapshotTaken,
    learners.LearnerSnapshotFailed,
    learners.LearnerStopped,
    learners.LearnerRefused,
  ]),
  trainingCommands: commands('training', 'run or learner', [
    training.StartTraining,
    learners.StartLearner,
    learners.ForkLearner,
    learners.RollBackLearner,
    learners.StopLearner,
  ]),
  jobAssignments: topic({
    name: 'training.job-assignments.v1',
    class: 'jobs',
    owner: 'training',
    writers: ['training'],
    key: 'worker',
    records: [training.JobAssigned],
    partitions: 1,
    retentionMs: days(90),
    purpose: 'Which worker does which job until when',
  }),
  workerReports: topic({
    name: 'training.worker-reports.v1',
    class: 'jobs',
    owner: 'training',
    writers: ['worker'],
    key: 'worker',
    records: [training.WorkerAnnounced, training.JobProgressed, training.JobSucceeded, training.JobFailed],
    partitions: 1,
    retentionMs: days(90),
    purpose: 'Workers announce themselves, report progress and hand in results',
  }),
  trainingStatus: status('training'),
  trainingDeadLetters: deadLetters('training'),

  models: facts('registry.models.v1', 'registry', 'model', 'Versions and aliases of every model', [
    registry.ModelVersionRegistered,
    registry.ModelVersionRefused,
    registry.ModelAliasSet,
  ]),
  endpoints: facts('registry.endpoints.v1', 'registry', 'endpoint', 'Life of every endpoint', [
    registry.EndpointCreated,
    registry.EndpointRetired,
    registry.EndpointRefused,
  ]),
  releases: facts(
    'registry.releases.v1',
    'registry',
    'endpoint',
    'What every endpoint serves, and since when: the route table',
    [
      registry.ReleaseProposed,
      registry.ReleaseGranted,
      registry.ReleaseActivated,
      registry.ReleaseHalted,
      registry.ReleaseWithdrawn,
      registry.ReleaseRefused,
    ],
  ),
  registryCommands: commands('registry', 'model or endpoint', [
    registry.ImportModel,
    registry.SetModelAlias,
    registry.CreateEndpoint,
    registry.RetireEndpoint,
    registry.ProposeRelease,
    registry.RollBackRelease,
    registry.HaltEndpoint,
  ]),
  registryStatus: status('registry'),
  registryDeadLetters: deadLetters('registry'),

  quarantines: facts(
    'inference.quarantines.v1',
    'inference',
    'model digest',
    'Models that kept killing their workers',
    [inference.ModelQuarantined, inference.QuarantineLifted, inference.QuarantineRefused],
  ),
  inferenceCommands: commands('inference', 'model digest', [inference.LiftQuarantine]),
  inferenceStatus: status('inference', [shared.ServiceStatus, inference.LaneStatus]),
  inferenceDeadLetters: deadLetters('inference'),

  risks: facts('governance.risks.v1', 'governance', 'model', 'Risk class and transparency notice of every model', [
    governance.ModelClassified,
    governance.NoticeAttached,
    governance.ClassificationRefused,
  ]),
  policies: facts('governance.policies.v1', 'governance', 'policy', 'What a release takes, by risk class', [
    governance.PolicyDefined,
    governance.PolicyRefused,
  ]),
  approvals: facts(
    'governance.approvals.v1',
    'governance',
    'release',
    'Which releases may go live, who allowed them, and what the others lack',
    [
      governance.ApprovalRequested,
      governance.ReleaseApproved,
      governance.ApprovalGranted,
      governance.ReleaseDenied,
      governance.ReleaseRejected,
      governance.ApprovalClosed,
      governance.ApprovalRefused,
    ],
  ),
  treeHeads: topic({
    name: 'governance.tree-heads.v1',
    class: 'facts',
    owner: 'governance',
    writers: ['governance'],
    key: 'ledger',
    records: [ledger.TreeHeadSigned, ledger.LedgerKeyRotated, ledger.LedgerRefused],
    partitions: 1,
    retentionMs: FOR_EVER,
    maxRecordBytes: BATCH_MAX_BYTES,
    purpose: 'Signed heads of the Merkle trees over facts and traffic, each chained to the one before',
  }),
  governanceCommands: commands('governance', 'model, policy or release', [
    ledger.RotateLedgerKey,
    governance.ClassifyModel,
    governance.AttachNotice,
    governance.DefinePolicy,
    governance.ApproveRelease,
    governance.RejectRelease,
  ]),
  governanceStatus: status('governance'),
  governanceDeadLetters: deadLetters('governance'),

  windows: facts(
    'monitoring.windows.v1',
    'monitoring',
    '<endpoint>.v<major>',
    'What came and what was answered, window by window of event time, against what training has seen',
    [monitoring.WindowClosed, monitoring.WindowCorrected, monitoring.QualityMeasured],
  ),
  alerts: facts(
    'monitoring.alerts.v1',
    'monitoring',
    'alert',
    'What has been wrong for several windows, until it is right',
    [monitoring.AlertRaised, monitoring.AlertAcknowledged, monitoring.AlertResolved, monitoring.AlertRefused],
  ),
  retraining: facts(
    'monitoring.retraining.v1',
    'monitoring',
    'trigger',
    'When models are to be trained anew, and every time that they are',
    [
      retraining.TriggerDeclared,
      retraining.RetrainingRequested,
      retraining.RetrainingPostponed,
      retraining.RetrainingDropped,
      retraining.TriggerRefused,
    ],
  ),
  monitoringCommands: commands('monitoring', 'alert or trigger', [
    monitoring.AcknowledgeAlert,
    retraining.DeclareTrigger,
    retraining.RequestRetraining,
  ]),
  monitoringStatus: status('monitoring'),
  monitoringDeadLetters: deadLetters('monitoring'),

  gatewayStatus: status('gateway'),
  gatewayDeadLetters: deadLetters('gateway'),
} as const satisfies Record<string, TopicDefinition>;

export const allTopics: readonly TopicDefinition[] = Object.values(Topics);

const byName = new Map(allTopics.map((definition) => [definition.name, definition]));

export function topicNamed(name: string): TopicDefinition | undefined {
  return byName.get(name);
}

/**
 * The one topic that carries this record type. Records that several topics carry (ServiceStatus, DeadLetter) have
 * none: name the topic yourself.
 */
export function topicOf(record: { readonly fullName: string }): TopicDefinition {
  const carriers = allTopics.filter((definition) => definition.records.some((one) => one.fullName === record.fullName));
  const only = carriers[0];
  if (carriers.length !== 1 || only === undefined)
    throw new Error(`${record.fullName} is carried by ${carriers.length} topics: name the topic`);
  return only;
}

/** The pattern of a Nest `@EventPattern` handler: one record type of one topic. */
export function patternOf(
  record: { readonly fullName: string },
  definition: TopicDefinition = topicOf(record),
): string {
  return `${definition.name}/${record.fullName}`;
}
