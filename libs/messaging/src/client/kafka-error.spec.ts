import { asKafkaError } from './kafka-error';

const kafkajs = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('messaging > client > asKafkaError', () => {
  it.each([
    'SASL SCRAM SHA512 authentication failed: Request SaslAuthenticate(key: 36, version: 1) timed out',
    'SASL PLAIN authentication failed: Closed connection',
    'SASL PLAIN authentication failed: Connection error: read ECONNRESET',
    'SASL SCRAM SHA256 authentication failed: The connection to the broker was closed: the client gave it up',
  ])('takes no lost connection for refused credentials: %s', (message) => {
    expect(asKafkaError(kafkajs('KafkaJSSASLAuthenticationError', message), 'Fetch')).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      retriable: true,
    });
  });

  it('takes refused credentials for what they are', () => {
    const message =
      'SASL PLAIN authentication failed: Authentication failed: Invalid username or password, the password timed out';
    expect(asKafkaError(kafkajs('KafkaJSSASLAuthenticationError', message), 'connect')).toMatchObject({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      retriable: false,
    });
  });

  it('knows a handshake that was broken off from a broker that is away', () => {
    const broken = 'Connection error: Client network socket disconnected before secure TLS connection was established';
    const codeOf = (message: string) => asKafkaError(kafkajs('KafkaJSConnectionError', message), 'connect').code;
    expect(codeOf(broken)).toBe('KAFKA_TLS_BROKEN_OFF');
    expect(codeOf('Connection error: connect ECONNREFUSED 127.0.0.1:9092')).toBe('KAFKA_UNREACHABLE');
  });
});
