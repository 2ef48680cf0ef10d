import { type EndpointCreated, endpointFamily, endpointTopics } from '@millrace/contracts';
import { listAll, type Row } from '../commands/look-up';
import type { Context } from '../platform/context';
import { printDone, printNote, printRows, timeOf } from '../terminal/print';
import { qualityByStretch, type ToldQuality } from './quality-by-stretch';

/** How long monitoring may stand behind before the demo goes on without it. */
const MEASURED_MS = 30_000;
const STRETCHES = 6;

/** What became of the model on the flights of May and June: inputs, answers, outcomes. */
export async function theQuality(context: Context, endpoint: EndpointCreated): Promise<void> {
  await untilMeasured(context, endpoint);
  const family = endpointFamily(endpoint);
  const found = (await listAll(context, 'quality')).find(({ id }) => id === family);
  if (!found) {
    printNote('no window has been measured yet: millrace quality flights-late shows them when they are');
    return;
  }
  const stretches = qualityByStretch(found.windows as ToldQuality[], STRETCHES);
  const figure = (value: unknown) => (typeof value === 'number' ? value.toFixed(3) : '-');
  printDone(`quality of ${endpoint.endpoint} by event time, beside the hold-out set of the training`);
  printRows(
    stretches,
    {
      flights: (row) => row.name,
      examples: (row) => row.examples ?? '-',
      'label rate': (row) => figure(row.labelRate),
      'mean score': (row) => figure(row.meanScore),
      AUC: (row) => figure(row.auc),
      'log loss': (row) => figure(row.logLoss),
    },
    {},
  );
  printNote('AUC is the mean of the days; millrace quality flights-late shows each day with its confidence interval');
  await theInputs(context, family);
  await theAlerts(context, endpoint.endpoint);
}

/** Until monitoring has read the labelled examples that there are; the last two days are not over before more come. */
async function untilMeasured(context: Context, { endpoint, major }: EndpointCreated): Promise<void> {
  const { admin } = await context.kafka();
  const { labelled } = endpointTopics(endpoint, major);
  const group = `monitoring.quality.${endpoint}.v${major}`;
  for (
    const end = Date.now() + MEASURED_MS;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 200))
  ) {
    const there = (await admin.endOffsets(labelled.name, 'committed')).get(0) ?? 0;
    const read = (await admin.committedOffsets(group, labelled.name)).get(0) ?? -1;
    if (read >= there) return;
  }
}

/** How far the inputs have moved: in the example hardly at all, which is the point. */
async function theInputs(context: Context, family: string): Promise<void> {
  const windows = (await listAll(context, 'window')).find(({ id }) => id === family)?.windows as Row[] | undefined;
  if (!windows) return;
  const columns = windows.flatMap((window) =>
    (window.columns as Row[]).map(({ psi, psiNoise, alarm }) => ({ psi, psiNoise, alarm })),
  );
  const compared = columns.filter(({ psi }) => psi !== null);
  const largest = compared.reduce((most, { psi, psiNoise }) => Math.max(most, Number(psi) - Number(psiNoise)), 0);
  const alarms = compared.filter(({ alarm }) => alarm).length;
  printNote(
    `inputs against training: the largest PSI beyond chance of any feature in ${windows.length} windows is ${largest.toFixed(3)}, ${alarms} alarms`,
  );
}

async function theAlerts(context: Context, endpoint: string): Promise<void> {
  const alerts = (await listAll(context, 'alert')).filter((alert) => alert.endpoint === endpoint);
  if (alerts.length === 0) printNote('no alert: nothing was wrong for several windows');
  for (const { alert, status, window } of alerts) {
    const { start, statement } = window as Row;
    printNote(`alert ${alert} (${status}), window of ${timeOf(start).slice(0, 10)}: ${statement}`);
  }
}
