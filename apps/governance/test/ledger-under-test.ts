import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ledgeredFacts,
  ledgeredOfEndpoint,
  SourceRefused,
  sampleOf,
  Topics,
  TreeHeadSigned,
  topicConfig,
} from '@millrace/contracts';
import { type ChainLink, ChainOnLog, KafkaPartition, type Verdict, verifyLedger } from '@millrace/ledger';
import { type Fact, makeInstallation, ServiceUnderTest } from '@millrace/testing';

const INSTALLATION = 'installation-under-test';
/** The endpoint whose topics are there. */
export const ENDPOINT = 'seen';

/** Governance with a signing key, and the log as an auditor sees it. */
export class LedgerUnderTest extends ServiceUnderTest {
  private times = 0;

  static async prepare(): Promise<LedgerUnderTest> {
    const installation = await makeInstallation('governance');
    const service = new LedgerUnderTest(installation, { MILLRACE_KEYS: installation.folder });
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(service.keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    for (const topic of ledgeredOfEndpoint(ENDPOINT, 1))
      await service.kafka.admin.createTopics([
        { name: topic.name, partitions: topic.partitions, config: topicConfig(topic) },
      ]);
    await service.start();
    return service;
  }

  get keyFile(): string {
    return join(this.folder, 'governance.private.pem');
  }

  /** A fact of some other service. */
  someFact(): Promise<string> {
    return this.publish(SourceRefused, `s${this.times++}`, sampleOf(SourceRefused) as SourceRefused);
  }

  async heads(): Promise<Fact[]> {
    return (await this.facts(Topics.treeHeads)).filter(({ record }) => record === TreeHeadSigned.fullName);
  }

  async links(): Promise<ChainLink[]> {
    const found: ChainLink[] = [];
    for await (const link of new ChainOnLog(this.kafka, this.schemas, INSTALLATION).links()) found.push(link);
    return found;
  }

  /** Waits until every record that there is now is covered. */
  async allCovered(): Promise<Verdict> {
    const expected = await this.written();
    return this.until(
      'head over all records',
      () => this.verdict(),
      ({ findings, uncoveredRecords, guarantee }) => {
        const covered = guarantee?.partitions.map(({ topic, partition }) => `${topic}/${partition}`) ?? [];
        return findings.length === 0 && uncoveredRecords === 0 && expected.every((name) => covered.includes(name));
      },
    );
  }

  /** Of all that is covered, with the first public key alone. */
  private async verdict(): Promise<Verdict> {
    const firstKey = createPublicKey(createPrivateKey(await readFile(this.keyFile)));
    return verifyLedger({
      installation: INSTALLATION,
      findKey: (keyId) => (keyId === 'governance-1' ? firstKey : undefined),
      heads: await this.links(),
      sources: (topic, partition) => new KafkaPartition(this.kafka, topic, partition),
    });
  }

  /** Partitions that hold something, and that the ledger covers. */
  private async written(): Promise<string[]> {
    const names: string[] = [];
    for (const { name } of [...ledgeredFacts, ...ledgeredOfEndpoint(ENDPOINT, 1)])
      for (const [partition, end] of await this.kafka.admin.endOffsets(name))
        if (end > 0) names.push(`${name}/${partition}`);
    return names.sort();
  }
}

export const sequenceOf = (head: Fact): number => Number(head.data.sequence);
