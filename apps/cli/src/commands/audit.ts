import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { type OutputOptions, printDone } from '../terminal/print';
import { type Progress, progressBar } from '../terminal/progress';

interface VerifyOptions extends OutputOptions {
  readonly anchor?: string;
  readonly publicKey?: string;
}

interface ExportCommandOptions {
  readonly endpoint?: string;
  readonly within: string;
  readonly anchor?: string;
  readonly output?: string;
}

export function auditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .description('Was the log changed? Signed tree heads, and evidence of a request');
  audit
    .command('verify')
    .description('Hold every record that the ledger covers against the signed tree heads')
    .option('--anchor <file>', 'the last tree head seen, kept outside of Kafka: read before, replaced when all holds')
    .option('--public-key <file>', 'the first key of the ledger: PEM, or trusted-keys.json; known where npm start runs')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace audit verify --anchor ~/millrace.anchor
  $ KAFKA_BROKERS=broker:9092 millrace audit verify --public-key ledger.pem --anchor ledger.anchor

Needs Kafka and the public key, nothing else. Exit code 3 when something is not as it was signed; then the
offsets that hold the first bad record are named: those between the last head that fits and the first that does not.`,
    )
    .action((options: VerifyOptions) => withContext((context) => verify(context, options)));
  audit
    .command('export <request-id>')
    .description('Write a bundle with the records of a request and their proofs, to be checked off line')
    .option('--endpoint <name>', 'look only there')
    .option('--within <time>', 'how far back to look: 30m, 24h, 7d', '24h')
    .option('--anchor <file>', 'add the tree heads up to the one that this anchor keeps')
    .option('-o, --output <file>', 'where to write it; <request-id>.audit.json by default')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace audit export my-1 -o my-1.audit.json
  $ node examples/audit/verify-bundle.mjs my-1.audit.json --public-key ledger.pem`,
    )
    .action((requestId: string, options: ExportCommandOptions) =>
      withContext((context) => exportTo(context, requestId, options)),
    );
  audit
    .command('rotate-key')
    .description('Sign tree heads with a new key from now on; the old key says so on the log')
    .option('--reason <text>', 'why', '')
    .action(({ reason }: { reason: string }) =>
      withContext(async (context) => {
        await context.gateway.command('RotateLedgerKey', { reason });
        printDone('tree heads are signed with a new key; the first public key still verifies all');
      }),
    );
}

async function verify(context: Context, options: VerifyOptions): Promise<void> {
  const { auditVerify } = await import('../audit/verify.js');
  const { showAudit } = await import('../audit/show-verify.js');
  const heads = progressBar('following tree heads', 'heads');
  let records: Progress | null = null;
  try {
    const report = await auditVerify(context, {
      ...options,
      onHeads: (done, total) => heads.update(done, total),
      onRecords: (done, total) => {
        if (records === null) heads.stop();
        records ??= progressBar('verifying records', 'records');
        records.update(done, total);
      },
    });
    (records as Progress | null)?.stop();
    showAudit(report, options);
  } finally {
    heads.stop();
    (records as Progress | null)?.stop();
  }
}

async function exportTo(context: Context, requestId: string, options: ExportCommandOptions): Promise<void> {
  const { trace } = await import('../trace/trace.js');
  const { spanOf } = await import('../trace/span-of.js');
  const { exportBundle } = await import('../audit/export-bundle.js');
  const bars = new Map<string, Progress>();
  const show = (title: string, unit: string) => (done: number, total: number) => {
    const bar = bars.get(title) ?? progressBar(title, unit);
    bars.set(title, bar);
    bar.update(done, total);
  };
  try {
    const story = await trace(context, {
      requestId,
      endpoint: options.endpoint ?? null,
      within: options.within,
      since: Date.now() - spanOf(options.within),
      onProgress: (what, done, total) => show(`searching ${what}`, 'offsets')(done, total),
    });
    const bundle = await exportBundle(context, story, {
      ...(options.anchor === undefined ? {} : { anchor: options.anchor }),
      onRecords: show('proving', 'records'),
    });
    for (const bar of bars.values()) bar.stop();
    const file = options.output ?? `${story.requestId.replace(/[^A-Za-z0-9._-]/g, '_')}.audit.json`;
    await writeFile(file, `${JSON.stringify(bundle, null, 2)}\n`);
    printDone(
      `${file}: ${bundle.records.length} records under tree head ${bundle.covering}. Check it with: node examples/audit/verify-bundle.mjs ${file} --public-key <file>`,
    );
  } finally {
    for (const bar of bars.values()) bar.stop();
  }
}
