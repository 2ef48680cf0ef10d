import { ledgeredNamed, type RebuildReport } from '@millrace/contracts';
import type { Ledger, PartitionLog, TableHash } from '@millrace/testing';
import type { E2ePlatform } from './e2e-platform';

/** Services with tables. */
const SERVICES = ['ingestion', 'validation', 'training', 'registry', 'monitoring', 'governance', 'gateway'] as const;
/** A head covers a record within ten seconds. */
const COVERED_MS = 60_000;

interface AuditJson {
  readonly findings: readonly { readonly why: string }[];
  readonly guarantee: {
    readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: number }[];
  } | null;
}

/** Every table as it is and as its log gives it, while the services run. */
export async function rebuiltTables(platform: E2ePlatform): Promise<TableHash[]> {
  const tables: TableHash[] = [];
  for (const service of SERVICES) {
    const { stdout, stderr } = await platform.cli('rebuild', service, '--json');
    if (!stdout.startsWith('{')) throw new Error(`${service} was not rebuilt: ${stderr}`);
    const report = JSON.parse(stdout) as RebuildReport;
    for (const { table, hash, hashRebuilt, difference } of report.tables)
      tables.push({
        service,
        table,
        stored: hash,
        rebuilt: difference === null ? hashRebuilt : `${hashRebuilt}, first at ${JSON.stringify(difference)}`,
      });
  }
  return tables;
}

/** What the ledger vouches for, as soon as it covers these logs, or when it ought to. */
export async function verifiedLedger(platform: E2ePlatform, logs: readonly PartitionLog[]): Promise<Ledger> {
  const ledgered = logs.filter(({ topic, committed }) => ledgeredNamed(topic) && committed.length > 0);
  const covers = ({ covered, findings }: Ledger) =>
    findings.length > 0 ||
    ledgered.every(
      ({ topic, partition, committed }) =>
        (covered.get(`${topic}/${partition}`) ?? 0) > (committed.at(-1)?.offset ?? Number.NEGATIVE_INFINITY),
    );
  for (const until = performance.now() + COVERED_MS; ; ) {
    const { stdout, stderr } = await platform.cli('audit', 'verify', '--json');
    if (!stdout.startsWith('{')) throw new Error(`The ledger was not verified: ${stderr}`);
    const { findings, guarantee } = JSON.parse(stdout) as AuditJson;
    const ledger = {
      findings: findings.map(({ why }) => why),
      topics: [...new Set(ledgered.map(({ topic }) => topic))],
      covered: new Map(
        guarantee?.partitions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]),
      ),
    };
    if (covers(ledger) || performance.now() > until) return ledger;
  }
}
