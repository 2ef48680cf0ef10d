import { type EndpointCreated, endpointFamily } from '@millrace/contracts';
import { snapshot } from '../commands/dataset';
import { findOne, listAll, type Row } from '../commands/look-up';
import { verdictOn } from '../commands/verdict';
import type { Context } from '../platform/context';
import { loadRows } from '../platform/load-rows';
import { CliError, EXIT } from '../terminal/cli-error';
import { printDone, printNote, printRows, timeOf } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { FLIGHTS, flightsFile } from './flights';
import { sendFlights } from './flights-traffic';
import { asDenseAs, driftSaid, inKilometres, PLANTED, type PlantedWindow, plantedWindows } from './planted';
import { type DemoOptions, found, runDemo, theEndpoint, theSource, untilSorted } from './run-demo';

/** How long monitoring may take to tell of the planted windows. */
const TOLD_MS = 120_000;
const WINDOWS_OVER = 3;

/**
 * Kilometres for miles, planted behind the ordinary demo: first in records, where the verdict on the next data set names
 * them, then in requests, where the windows and an alert do. Every step looks first whether it was done before.
 */
export async function runFault(context: Context, options: DemoOptions): Promise<void> {
  if ((await found(context, 'release', FLIGHTS.endpoint, 'endpoint'))?.live)
    printNote('the ordinary demo was run before; the fault comes behind it');
  else await runDemo(context, options);
  printNote(
    'planted from here on: the distances of further flights are in kilometres, as if a sender had changed the unit',
  );
  const source = await theSource(context);
  await theVerdictOnKilometres(context, source);
  const endpoint = await theEndpoint(context, FLIGHTS);
  await theRequests(context, endpoint, String(source.schema), options);
  await theWindows(context, endpoint);
  await theAlert(context, endpoint);
}

async function theVerdictOnKilometres(context: Context, source: Row): Promise<void> {
  const verdicts = (await listAll(context, 'verdict')).filter((one) => one.source === FLIGHTS.source);
  const known = verdicts.find((verdict) => driftSaid(verdict) !== null);
  const verdict = known ?? (await theNewVerdict(context, source));
  const said = driftSaid(verdict);
  if (said === null)
    throw new CliError(
      `The verdict on ${verdict.dataset} names no drift of distance, though kilometres were planted: millrace dataset profile ${verdict.dataset} shows what was seen, millrace expectations show ${FLIGHTS.source} what is expected.`,
      EXIT.check,
    );
  printDone(`${verdict.dataset} is ${verdict.verdict} with a warning: ${said}`);
}

async function theNewVerdict(context: Context, source: Row): Promise<Row> {
  await theRecords(context, source);
  await untilSorted(context);
  const cut = await snapshot(context, { source: FLIGHTS.source });
  printDone(`data set ${cut.dataset}: ${cut.rows} rows, the planted ones among them`);
  return verdictOn(context, String(cut.dataset));
}

async function theRecords(context: Context, source: Row): Promise<void> {
  const { rows } = await findOne(context, 'dataset', `${FLIGHTS.source}:1`);
  const { from, laterMs } = PLANTED.records;
  const bar = progressBar('planting records', 'rows');
  try {
    const report = await loadRows(context, {
      file: flightsFile(),
      source,
      selection: { take: asDenseAs(Number(rows)), where: [{ field: 'date', from }] },
      change: (flight) => ({
        ...flight,
        date: Number(flight.date) + laterMs,
        distance: inKilometres(Number(flight.distance)),
      }),
      onProgress: ({ rowsDone, rows: total, trouble }) => bar.update(rowsDone, total, trouble ?? ''),
    });
    bar.stop();
    printDone(`planted: ${report.rowsDone} records, 120 days later, with kilometres for miles`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'LOAD_FINISHED') throw error;
    printNote('the planted records are on the topic already');
  } finally {
    bar.stop();
  }
}

async function theRequests(
  context: Context,
  endpoint: EndpointCreated,
  schema: string,
  { rate }: DemoOptions,
): Promise<void> {
  const { from, before, laterMs, take } = PLANTED.requests;
  const bar = progressBar('planting requests', 'requests');
  try {
    const sent = await sendFlights(context, {
      endpoint,
      schema,
      rows: take,
      rate,
      planted: { from, before, laterMs, distanceOf: inKilometres },
      onProgress: (done, total, simulated) => bar.update(done, total, new Date(simulated).toISOString().slice(0, 16)),
    });
    bar.stop();
    printDone(
      sent > 0
        ? `planted: ${sent} requests of four days in July, with kilometres for miles and without outcomes`
        : 'the planted requests were sent before',
    );
  } finally {
    bar.stop();
  }
}

async function theWindows(context: Context, endpoint: EndpointCreated): Promise<void> {
  const told = await until('windows of planted days', WINDOWS_OVER, async () => {
    const windows = await windowsOf(context, endpoint);
    return { done: windows.length, found: windows.length >= WINDOWS_OVER ? windows : null };
  });
  const missed = told.filter(({ alarm }) => !alarm);
  printRows(
    told,
    {
      'planted day': ({ start }) => timeOf(start).slice(0, 10),
      rows: ({ rows }) => rows,
      'PSI of distance': ({ psi }) => psi?.toFixed(3) ?? '-',
      alarm: ({ alarm, reason }) => (alarm ? reason : 'none'),
    },
    {},
  );
  if (missed.length > 0)
    throw new CliError(
      `${missed.length} of ${told.length} windows of planted days raise no alarm about distance: millrace windows ${endpoint.endpoint} shows what they say.`,
      EXIT.check,
    );
  printDone(`${told.length} windows of planted days name the drift of distance`);
}

async function windowsOf(context: Context, { endpoint, major }: EndpointCreated): Promise<PlantedWindow[]> {
  const view = (await listAll(context, 'window')).find(({ id }) => id === endpointFamily({ endpoint, major }));
  return plantedWindows((view?.windows ?? []) as Parameters<typeof plantedWindows>[0]);
}

async function theAlert(context: Context, { endpoint, major }: EndpointCreated): Promise<void> {
  const id = `${endpoint}.v${major}/DRIFT/distance`;
  const { status, window } = await until('the alert', 1, async () => {
    const alert = (await listAll(context, 'alert')).find((one) => one.alert === id) ?? null;
    return { done: alert ? 1 : 0, found: alert };
  });
  printDone(`alert ${id} (${status}): ${(window as Row).statement}`);
}

/** Asks again and again, with progress. @throws CliError when the time is over */
async function until<T>(
  what: string,
  total: number,
  look: () => Promise<{ readonly done: number; readonly found: T | null }>,
): Promise<T> {
  const bar = progressBar(what, 'there');
  try {
    for (const end = Date.now() + TOLD_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) {
      const { done, found } = await look();
      bar.update(Math.min(done, total), total);
      if (found !== null) return found;
    }
  } finally {
    bar.stop();
  }
  throw new CliError(
    `Monitoring has not told of ${what} within ${TOLD_MS / 1_000} s: millrace status shows whether it runs and stands behind; run the command again to go on.`,
    EXIT.check,
  );
}
