import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type E2ePlatform, run } from '../platform/e2e-platform';
import { withTool } from './with-tool';

const PYTHON = 'MILLRACE_TEST_PYTHON';
const JAVA = 'MILLRACE_TEST_JAVA_CLASSPATH';

/** The committed examples, run as a reader of the README runs them: clients that are not ours get their response. */
export function otherClients(platform: () => E2ePlatform): void {
  describe("other people's clients", () => {
    const environment = () => ({
      ...process.env,
      KAFKA_BROKERS: platform().file.brokers,
      SCHEMA_REGISTRY_URL: platform().file.schemaRegistryUrl,
    });

    withTool(PYTHON)('Python: confluent-kafka with its schema-registry serializers', async () => {
      const done = await run(process.env[PYTHON]!, ['examples/python/predict.py'], environment());
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(done.stdout)).toMatchObject(PREDICTED);
    });

    withTool(PYTHON)('Python: a learner of somebody else, with River, on the labelled examples', async () => {
      const done = await run(process.env[PYTHON]!, ['examples/python/learn.py', '--once'], environment());
      expect(done).toMatchObject({ code: 0, stderr: '' });
      const { examples, ...losses } = JSON.parse(done.stdout);
      expect(examples).toBeGreaterThan(100);
      for (const loss of Object.values(losses)) expect(loss).toBeGreaterThan(0);
      // Who learned nothing says one half to all.
      expect(losses.logLoss).toBeLessThan(0.9 * Math.LN2);
      expect(Object.keys(losses)).toEqual(['logLoss', 'releasedLogLoss', 'meanOfLabelsLogLoss']);
    });

    withTool(JAVA)("Java: Kafka's own client, read_committed, and Apache Avro", async () => {
      const classPath = process.env[JAVA]!;
      const classes = mkdtempSync(path.join(tmpdir(), 'millrace-java-'));
      try {
        const source = 'examples/java/Predict.java';
        const compiled = await run('javac', ['-d', classes, '-cp', classPath, source], environment());
        expect(compiled).toMatchObject({ code: 0 });
        const paths = [classes, classPath].join(path.delimiter);
        const done = await run('java', ['-cp', paths, 'Predict'], environment());
        expect(done).toMatchObject({ code: 0 });
        expect(JSON.parse(done.stdout)).toMatchObject(PREDICTED);
      } finally {
        rmSync(classes, { recursive: true, force: true });
      }
    });
  });
}

const PREDICTED = {
  requestId: expect.any(String),
  status: 'PREDICTED',
  outputs: { probability: expect.any(Number) },
  decision: { model: 'flights-late' },
};
