import { randomBytes } from 'node:crypto';

/** The one broker and one database that serve a whole integration run (tools/test/ground.cjs starts them). */
export interface TestGround {
  /** `host:port` of the real broker. */
  readonly kafka: string;
  /** Folder of the broker's segment files, `<prefix><topic>-<partition>/*.log`. */
  readonly kafkaLog: string;
  /** Superuser's address of the real PostgreSQL. */
  readonly databaseUrl: string;
  /** Stands before every topic, group, transactional id and subject of this spec: fresh on every call. */
  readonly prefix: string;
}

/** Throws outside of the integration project: a spec that needs a broker must be named `*.int.spec.ts`. */
export function testGround(): TestGround {
  const kafka = process.env.MILLRACE_TEST_KAFKA;
  const databaseUrl = process.env.MILLRACE_TEST_DATABASE_URL;
  if (!kafka || !databaseUrl) {
    throw new Error(
      'There is no broker and database for this test. Name the file *.int.spec.ts and run it with: npx jest --selectProjects int',
    );
  }
  const kafkaLog = process.env.MILLRACE_TEST_KAFKA_LOG ?? '';
  return { kafka, kafkaLog, databaseUrl, prefix: `t${uniqueName()}.` };
}

/** Eight random hex digits; fit for topics, schemas and folders. */
export function uniqueName(): string {
  return randomBytes(4).toString('hex');
}
