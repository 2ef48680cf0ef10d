import { settingsFrom } from './check-broker.cjs';

describe('supervisor/check-broker', () => {
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
