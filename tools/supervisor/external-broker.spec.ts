import { settingsFrom } from './check-broker.cjs';
import { refusalOf } from './external-broker.cjs';

describe('supervisor/external-broker', () => {
  test('a finalized transaction.version below 2 is refused with the command that raises it', () => {
    expect(refusalOf(1, 'kafka:9092')).toContain(
      'kafka-features.sh --bootstrap-server kafka:9092 upgrade --feature transaction.version=2',
    );
    expect(refusalOf(2, 'kafka:9092')).toBeUndefined();
  });

  test('SASL and TLS settings are passed on', () => {
    const env = {
      KAFKA_BROKERS: 'a:1, b:2',
      KAFKA_SSL: 'true',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    };
    expect(settingsFrom(env)).toMatchObject({
      brokers: ['a:1', 'b:2'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    });
    expect(settingsFrom({ KAFKA_BROKERS: 'a:1' })).toMatchObject({ ssl: false });
    expect(settingsFrom({ KAFKA_BROKERS: 'a:1' })).not.toHaveProperty('sasl');
  });
});
