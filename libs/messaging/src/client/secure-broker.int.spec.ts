import { setTimeout as sleep } from 'node:timers/promises';
import { closeClients, connectClient, readAll } from '../../fixtures/client';
import { copied, fill, hostOf, inOrder, laneClient, untilCopied } from '../../fixtures/lanes';
import { PASSWORD, type SecureBroker, SHORT_SESSION_MS, startSecureBroker, USER } from '../../fixtures/secure-broker';
import type { LaneHost } from '../modes/lane-host';
import type { KafkaSettings } from './settings';

describe('messaging > a broker with TLS and SASL', () => {
  let broker: SecureBroker;
  const hosts: LaneHost[] = [];

  beforeAll(async () => {
    broker = await startSecureBroker();
  }, 120_000);

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
    await closeClients();
  });

  afterAll(() => broker?.stop());

  const sasl = (mechanism: NonNullable<KafkaSettings['sasl']>['mechanism'], password = PASSWORD) =>
    ({ mechanism, username: USER, password }) as const;

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    '%s: topics, a group, transactions, and each record once',
    async (mechanism) => {
      const settings = { ssl: { ca: broker.ca }, sasl: sasl(mechanism) };
      const client = await laneClient(broker.brokers, `${mechanism}.`, settings);
      const host = hostOf(client);
      hosts.push(host);
      await host.start();
      for (let round = 0; round < 3; round++) {
        await fill(client, 50 * (round + 1), 50 * round);
        await untilCopied(client, 50 * (round + 1));
      }
      expect(await copied(client)).toEqual(inOrder(150));
    },
    120_000,
  );

  it('a short session is renewed again and again, under traffic and after a rest', async () => {
    const settings = { ssl: { ca: broker.ca }, sasl: sasl('scram-sha-512') };
    const client = await laneClient(broker.brokers, 'short.', settings);
    const host = hostOf(client);
    hosts.push(host);
    await host.start();
    let count = 0;
    for (const end = performance.now() + 4 * SHORT_SESSION_MS; performance.now() < end; await sleep(100))
      await fill(client, ++count, count - 1);
    await untilCopied(client, count);
    await sleep(2 * SHORT_SESSION_MS);
    await fill(client, count + 10, count);
    await untilCopied(client, count + 10);
    expect(await copied(client)).toEqual(inOrder(count + 10));
  }, 120_000);

  it('a wrong password is refused by name, and not shown', async () => {
    const refused = connectClient(broker.brokers, '', {
      ssl: { ca: broker.ca },
      sasl: sasl('scram-sha-256', 'secret-1'),
    });
    await expect(refused).rejects.toMatchObject({ code: 'KAFKA_AUTHENTICATION_FAILED', retriable: false });
    await refused.catch((error: Error) => expect(error.message).not.toContain('secret-1'));
  });

  it('a certificate that nobody vouches for is refused by name', async () => {
    const refused = connectClient(broker.brokers, '', { ssl: true, sasl: sasl('plain') });
    await expect(refused).rejects.toThrow(/self[- ]signed certificate|unable to verify/);
  });

  it('TLS to a listener without it, and the other way round, are told with the setting to change', async () => {
    await expect(connectClient(broker.plaintext, '', { ssl: true })).rejects.toMatchObject({
      code: 'KAFKA_TLS_BROKEN_OFF',
      message: expect.stringContaining(`${broker.plaintext} broke off the TLS handshake`),
    });
    for (const more of [{}, { sasl: sasl('plain') }, { sasl: sasl('scram-sha-512') }])
      await expect(connectClient(broker.brokers, '', more)).rejects.toMatchObject({
        code: 'KAFKA_TLS_WANTED',
        message: expect.stringContaining(`${broker.brokers} speaks TLS, and this client does not: set KAFKA_SSL=true`),
      });
  });

  it('what went in by the secure door is what the other one shows', async () => {
    const secure = await laneClient(broker.brokers, 'doors.', { ssl: { ca: broker.ca }, sasl: sasl('plain') });
    await fill(secure, 3);
    const open = await connectClient(broker.plaintext, 'doors.');
    expect(await readAll(open, 'in')).toEqual(['0', '1', '2']);
  });
});
