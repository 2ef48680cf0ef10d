import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { startKafka } from '../../infra/kafka/kafka.cjs';
import { freePort } from '../../infra/local/ports.cjs';
import { checkExternalBroker } from './external-broker.cjs';

const ROOT = path.resolve(__dirname, '..', '..');
const env = { PATH: process.env.PATH };

jest.setTimeout(180_000);

describe('supervisor/external-broker: brokers of others', () => {
  test('a broker with transaction.version 2 is taken', async () => {
    await checkExternalBroker(process.env.MILLRACE_TEST_KAFKA as string, env, ROOT);
  });

  test('a broker with transaction.version 1 is refused with the command that raises it', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-old-broker-'));
    const old = await startKafka({
      dataDir: path.join(folder, 'kafka'),
      logFile: path.join(folder, 'kafka.log'),
      transactionVersion: 1,
    });
    try {
      await expect(checkExternalBroker(old.brokers, env, ROOT)).rejects.toThrow(
        `kafka-features.sh --bootstrap-server ${old.brokers} upgrade --feature transaction.version=2`,
      );
    } finally {
      await old.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  test('a broker that is not there is named', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    await expect(checkExternalBroker(nobody, env, ROOT)).rejects.toThrow(`The broker at ${nobody} (KAFKA_BROKERS)`);
  });
});
