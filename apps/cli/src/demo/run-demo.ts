import { randomUUID } from 'node:crypto';
import { type EndpointCreated, endpointTopics } from '@millrace/contracts';
import { proposeSchema } from '@millrace/data';
import { snapshot } from '../commands/dataset';
import { followRelease } from '../commands/follow-release';
import { startLearner } from '../commands/learner';
import { findOne, listAll, type Row } from '../commands/look-up';
import { COLUMNS, comparison } from '../commands/show-learner';
import { followToVersion, metricsLine, startTraining } from '../commands/train';
import { findingsOf, verdictOn } from '../commands/verdict';
import type { Context } from '../platform/context';
import { loadRows } from '../platform/load-rows';
import { CliError, EXIT } from '../terminal/cli-error';
import { printDone, printNote, printRows } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { FLIGHTS, FLIGHTS_PLAN, FLIGHTS_SOURCE, flightsFile, LANDING_ASSUMPTION } from './flights';
import { firstResponse, sendFlights } from './flights-traffic';
import { theQuality } from './quality-story';
import { Stillness } from './stillness';

/** How long the join may stand behind before the demo goes on without it. */
const LABELS_MS = 30_000;

export interface DemoOptions {
  readonly rows: number | 'all';
  /** Requests a second. */
  readonly rate: number;
}

/**
 * The whole path of the example, step by step. Every step looks first whether it was done before, so a demo that was
 * ended goes on, and a second one begins with the requests.
 */
export async function runDemo(context: Context, options: DemoOptions): Promise<void> {
  const began = Date.now();
  const source = await theSource(context);
  const dataset = await theJudgedData(context, source, options);
  await theModel(context, dataset, FLIGHTS.model);
  const endpoint = await theEndpoint(context, FLIGHTS);
  await theRelease(context);
  const { response, ms } = await firstResponse(context, endpoint, `demo-${randomUUID()}`);
  const outputs = JSON.stringify(response.outputs);
  printDone(
    `first response: ${response.status} ${outputs} in ${ms.toFixed(0)} ms (${((Date.now() - began) / 1_000).toFixed(1)} s after the demo began)`,
  );
  await theLearner(context);
  await theTraffic(context, endpoint, String(source.schema), options);
  await theLabels(context, endpoint);
  await theComparison(context);
  await theQuality(context, endpoint);
  await theReplay(context);
  await theAudit(context);
}

/** Records, sorted, cut and looked at. @returns name of the data set */
export async function theJudgedData(context: Context, source: Row, options: DemoOptions): Promise<string> {
  await theRecords(context, source, options);
  const dataset = String((await theDataset(context)).dataset);
  await theVerdict(context, dataset);
  return dataset;
}

export async function found(
  context: Context,
  kind: Parameters<typeof listAll>[1],
  id: string,
  member: string,
): Promise<Row | undefined> {
  return (await listAll(context, kind)).find((row) => row[member] === id);
}

export async function theSource(context: Context): Promise<Row> {
  const known = await found(context, 'source', FLIGHTS.source, 'source');
  if (known) return known;
  const { schema } = await proposeSchema(flightsFile(), FLIGHTS.source);
  await context.gateway.command('RegisterSource', {
    source: FLIGHTS.source,
    ...FLIGHTS_SOURCE,
    schema: JSON.stringify(schema),
    proposedFrom: 'flights-3m.parquet',
  });
  const made = await found(context, 'source', FLIGHTS.source, 'source');
  printDone(`source ${FLIGHTS.source}: records go to ${made!.recordsTopic}`);
  return made!;
}

async function theRecords(context: Context, source: Row, { rows }: DemoOptions): Promise<void> {
  const bar = progressBar('loading flights', 'rows');
  try {
    const report = await loadRows(context, {
      file: flightsFile(),
      source,
      selection: { ...(rows === 'all' ? {} : { take: rows }), where: [{ field: 'date', before: FLIGHTS.trafficFrom }] },
      onProgress: ({ rowsDone, rows: total, trouble }) => bar.update(rowsDone, total, trouble ?? ''),
    });
    bar.stop();
    const sent = report.rowsDone - report.resumedFrom;
    printDone(
      `${report.rowsDone} flights of January to April on the topic (${Math.round(sent / Math.max(report.seconds, 0.001))} rows/s)`,
    );
  } catch (error) {
    if ((error as { code?: string }).code !== 'LOAD_FINISHED') throw error;
    printNote('the flights of January to April are on the topic already');
  } finally {
    bar.stop();
  }
}

/** A data set is cut when every record that was sent has been sorted. */
async function theDataset(context: Context): Promise<Row> {
  const known = await found(context, 'dataset', `${FLIGHTS.source}:1`, 'dataset');
  if (known) return known;
  await untilSorted(context);
  const cut = await snapshot(context, { source: FLIGHTS.source, holdOutFrom: FLIGHTS.holdOutFrom });
  const holdOut = cut.holdOut as Row;
  printDone(
    `data set ${cut.dataset}: ${cut.rows} rows, ${holdOut.rows} of them (April) held out, digest ${String(cut.digest).slice(0, 16)}...`,
  );
  return cut;
}

/** Longer than a broker or database that is away and comes back; how long the whole takes is nobody's business. */
const SORTING_STILL_MS = 180_000;

/**
 * Waits until ingestion has taken in every record and its last transactions can be read: the broker makes the offset and
 * the accepted records of one transaction visible partition by partition, not at one moment.
 */
export async function untilSorted(context: Context): Promise<void> {
  const { admin } = await context.kafka();
  const [records, accepted] = [`data.${FLIGHTS.source}.records.v1`, `data.${FLIGHTS.source}.accepted.v1`];
  const bar = progressBar('sorting records', 'offsets');
  const stillness = new Stillness(Date.now());
  try {
    for (;;) {
      const end = total(await admin.endOffsets(records, 'committed'));
      const done = total(await admin.committedOffsets(`ingestion.${records}`, records));
      bar.update(done, end);
      const readable = total(await admin.endOffsets(accepted, 'committed'));
      if (done >= end && readable === total(await admin.endOffsets(accepted, 'uncommitted'))) return;
      if (stillness.stoodStillMs(done + readable, Date.now()) > SORTING_STILL_MS)
        throw new CliError(
          `Sorting has stood still for ${SORTING_STILL_MS / 1_000} s: ${done} of ${end} offsets of ${records} are done, and ${readable} of ${accepted} can be read. See whether ingestion is ready and what its log says (millrace status); then run the command again, it goes on from here.`,
          EXIT.check,
          'SORTING_STANDS_STILL',
        );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    bar.stop();
  }
}

/** Nothing is trained on data that was not looked at. */
async function theVerdict(context: Context, dataset: string): Promise<void> {
  const verdict = await verdictOn(context, dataset);
  const findings = findingsOf(verdict);
  for (const { reason } of findings) printNote(reason);
  const set = verdict.expectationSet
    ? `expectation set ${verdict.expectationSet}`
    : 'no expectations yet: those of the next data set are derived from this one';
  printDone(
    `${dataset} is ${verdict.verdict}: ${(verdict.columns as Row[]).length} columns profiled, ${findings.length} findings (${set})`,
  );
}

export async function theModel(context: Context, dataset: string, model: string): Promise<void> {
  if (await found(context, 'model', model, 'model')) return;
  const running = (await listAll(context, 'run')).find(
    (run) => run.model === model && run.status !== 'FAILED' && run.status !== 'REFUSED',
  );
  const run = running ? String(running.run) : await startTraining(context, model, dataset, FLIGHTS_PLAN);
  printDone(`trained ${model}: ${metricsLine(await followToVersion(context, run))}`);
}

export async function theEndpoint(
  context: Context,
  { endpoint: name, model }: { readonly endpoint: string; readonly model: string },
): Promise<EndpointCreated> {
  const known = await found(context, 'endpoint', name, 'endpoint');
  if (known) return (known.majors as EndpointCreated[]).at(-1)!;
  await context.gateway.command('CreateEndpoint', {
    endpoint: name,
    model,
    version: 1,
    description: 'Will this flight arrive more than 15 minutes late?',
  });
  const made = (await found(context, 'endpoint', name, 'endpoint'))!;
  const endpoint = (made.majors as EndpointCreated[]).at(-1)!;
  printDone(`endpoint ${name}: requests to ${endpoint.requestsTopic}, responses on ${endpoint.responsesTopic}`);
  return endpoint;
}

async function theRelease(context: Context): Promise<void> {
  const releases = await found(context, 'release', FLIGHTS.endpoint, 'endpoint');
  if (releases?.live) return;
  await theRisk(context);
  const waiting = (releases?.pending as Row | null | undefined)?.release;
  const release = waiting ? String(waiting) : await propose(context);
  const followed = await followRelease(context, FLIGHTS.endpoint, release);
  if (!('live' in followed))
    throw new CliError(
      `The release of ${FLIGHTS.model}:1 waits: ${followed.missing.map(({ what, next }) => `${what} (${next})`).join('; ')}.`,
      EXIT.check,
    );
  printDone(`released ${FLIGHTS.model}:1 on ${FLIGHTS.endpoint}, granted by ${followed.live.grantedBy}`);
}

async function theRisk(context: Context): Promise<void> {
  if (await found(context, 'risk', FLIGHTS.model, 'model')) return;
  await context.gateway.command('ClassifyModel', {
    model: FLIGHTS.model,
    riskClass: 'MINIMAL',
    reasons: ['It informs passengers, and nobody is hurt by a wrong guess.'],
    purpose: 'To tell before departure whether a flight will arrive more than 15 minutes late.',
  });
  printDone(`${FLIGHTS.model} is of minimal risk: the policy asks nobody before a release`);
}

async function propose(context: Context): Promise<string> {
  const { commandId } = await context.gateway.command('ProposeRelease', {
    endpoint: FLIGHTS.endpoint,
    model: FLIGHTS.model,
    version: 1,
    reason: 'the first version of the example',
  });
  return commandId;
}

async function theLearner(context: Context): Promise<void> {
  if (await found(context, 'learner', FLIGHTS.learner, 'learner')) return;
  await startLearner(context, FLIGHTS.learner, {
    endpoint: FLIGHTS.endpoint,
    algorithm: 'logistic-ftrl',
    set: [],
    detector: 'adwin',
    window: '1000',
    reportEvery: '500',
  });
  printDone(`${FLIGHTS.learner} learns from the outcomes as they come, beside the released model`);
}

async function theTraffic(
  context: Context,
  endpoint: EndpointCreated,
  schema: string,
  { rows, rate }: DemoOptions,
): Promise<void> {
  printNote(`flights of May and June are sent as requests, ${rate} a second; ${LANDING_ASSUMPTION}`);
  const bar = progressBar('sending requests', 'requests');
  try {
    const sent = await sendFlights(context, {
      endpoint,
      schema,
      rows,
      rate,
      onProgress: (done, total, simulated) => bar.update(done, total, new Date(simulated).toISOString().slice(0, 16)),
    });
    bar.stop();
    printDone(sent > 0 ? `${sent} requests sent` : 'all requests of the example were sent before');
  } finally {
    bar.stop();
  }
}

/** A count that has not grown for a second: what was joined leaves through an outbox, some time after. */
async function settled(count: () => Promise<number>): Promise<number> {
  const stillness = new Stillness(Date.now());
  for (const end = Date.now() + LABELS_MS; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const now = await count();
    if (stillness.stoodStillMs(now, Date.now()) >= 1_000 || Date.now() >= end) return now;
  }
}

/** Waits until ingestion has joined the outcomes that were sent to the responses that came. */
async function theLabels(
  context: Context,
  { endpoint, major, responsesTopic, outcomesTopic }: EndpointCreated,
): Promise<void> {
  const { admin } = await context.kafka();
  const { labelled } = endpointTopics(endpoint, major);
  const group = `ingestion.join.${endpoint}.v${major}`;
  const bar = progressBar('joining outcomes', 'records');
  try {
    for (
      const end = Date.now() + LABELS_MS;
      Date.now() < end;
      await new Promise((resolve) => setTimeout(resolve, 200))
    ) {
      let [joined, sent] = [0, 0];
      // Both halves of an example may be read last.
      for (const topic of [outcomesTopic, responsesTopic]) {
        sent += total(await admin.endOffsets(topic, 'committed'));
        joined += total(await admin.committedOffsets(group, topic));
      }
      bar.update(joined, sent);
      if (joined >= sent) break;
    }
    const examples = await settled(async () => total(await admin.endOffsets(labelled.name)));
    bar.stop();
    printDone(`${examples} labelled examples on ${labelled.name}: request, response and what really happened`);
  } finally {
    bar.stop();
  }
}

/** At most the responses of the last two minutes: a few seconds of work, however long the traffic was. */
const REPLAYED_MS = 120_000;

/** What was just decided is computed again from the log, bit for bit. */
async function theReplay(context: Context): Promise<void> {
  if (!context.platform.artifacts) {
    printNote('no replay: where the artifact store lies is not known here');
    return;
  }
  const { replay } = await import('../replay/replay.js');
  const { openArtifacts } = await import('../platform/artifact-folder.js');
  const bar = progressBar('replaying', 'offsets');
  try {
    const { tally, seconds } = await replay(context, {
      endpoint: FLIGHTS.endpoint,
      major: null,
      from: { time: Date.now() - REPLAYED_MS },
      to: null,
      artifacts: await openArtifacts(context.platform),
      onProgress: (done, total, note) => bar.update(done, total, note),
    });
    bar.stop();
    if (tally.responses === 0) return;
    if (tally.differences > 0)
      throw new CliError(
        `${tally.differences} of ${tally.responses} responses are not what the log says: millrace replay ${FLIGHTS.endpoint} shows which.`,
        EXIT.check,
      );
    printDone(
      `replay without a difference: ${tally.responses} responses of the last two minutes computed again in ${seconds.toFixed(1)} s`,
    );
  } finally {
    bar.stop();
  }
}

/** What was just recorded is held against what governance signed meanwhile. */
async function theAudit(context: Context): Promise<void> {
  if (!context.platform.trustedKeys) {
    printNote('no audit: where the trusted keys lie is not known here');
    return;
  }
  const { auditVerify } = await import('../audit/verify.js');
  const { sentenceOf } = await import('../audit/show-verify.js');
  const bar = progressBar('verifying the log', 'records');
  try {
    const report = await auditVerify(context, {
      onHeads: () => {},
      onRecords: (done, total) => bar.update(done, total),
    });
    bar.stop();
    const [first] = report.verdict.findings;
    if (first)
      throw new CliError(
        `The log is not as it was signed: ${first.why}. millrace audit verify shows all that is wrong.`,
        EXIT.check,
      );
    printDone(sentenceOf(report));
  } finally {
    bar.stop();
  }
}

/** How the learner did on the flights that it had not seen yet, beside the model that never learned again. */
async function theComparison(context: Context): Promise<void> {
  const rows = comparison(await findOne(context, 'learner', FLIGHTS.learner));
  if (rows.length > 0) printRows(rows, COLUMNS, {});
}

const total = (offsets: ReadonlyMap<number, number>): number =>
  [...offsets.values()].reduce((sum, one) => sum + Math.max(0, one), 0);
