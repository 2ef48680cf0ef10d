import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printJson, printNote, printRows } from '../terminal/print';
import type { Row } from './look-up';

interface Status {
  readonly services: Row[];
  readonly endpoints: Row[];
  readonly topics: Row[];
  /** Releases that wait. */
  readonly approvals: Row[];
}

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('Services, endpoints and lag at a glance; exit code 3 when a service is not ready')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace status\n  $ millrace status --json | jq .endpoints\n  $ millrace status || echo "something is not ready"',
    )
    .action((options: OutputOptions) =>
      withContext(async (context) => {
        const status = await context.gateway.get<Status>('/api/v1/status');
        if (options.json) printJson(status);
        else show(context.platform.gatewayUrl, status);
        if (status.services.some((service) => service.ready !== true)) process.exitCode = EXIT.check;
      }),
    );
}

function show(gatewayUrl: string, status: Status): void {
  printDetails(
    { gateway: gatewayUrl, records: status.topics.reduce((sum, topic) => sum + Number(topic.records), 0) },
    {},
  );
  printRows(
    status.services,
    {
      service: (row) => row.service,
      ready: (row) => (row.ready ? 'yes' : `no: ${row.reason}`),
      instance: (row) => row.instance,
    },
    {},
  );
  printRows(
    status.endpoints,
    {
      endpoint: (row) => row.endpoint,
      status: (row) => row.status,
      released: (row) => released(row.live),
      requests: (row) => (row.requests as Row).records,
      responses: (row) => (row.responses as Row).records,
      lag: (row) => row.lag,
      'dead letters': (row) => (row.deadLetters as Row).records,
    },
    {},
  );
  for (const { model, version, endpoint } of status.approvals)
    printNote(`${model}:${version} waits to be released on ${endpoint}: millrace approval list says for what`);
}

export function released(live: unknown): string {
  const activation = live as { revision: number; arms: { model: string; version: number }[] } | null | undefined;
  if (activation?.arms.length === 0) return `nothing: halted (revision ${activation.revision})`;
  return activation
    ? `${activation.arms.map((arm) => `${arm.model}:${arm.version}`).join(', ')} (revision ${activation.revision})`
    : 'nothing';
}
