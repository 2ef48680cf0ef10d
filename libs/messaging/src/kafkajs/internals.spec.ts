import { silentLogger } from '@millrace/contracts';
import type { KafkajsCluster } from './internal-shapes';
import { assertKafkajsInternals, createKafkajs } from './internals';

const settings = { brokers: ['127.0.0.1:1'], clientId: 'spec', prefix: '' };
const cluster = (): KafkajsCluster => createKafkajs(settings, silentLogger).createCluster();

/** Takes one name away from whatever the path leads to. */
async function without(path: string): Promise<KafkajsCluster> {
  const made = cluster();
  const names = path.split('.');
  const name = names.pop() as string;
  const build = made.connectionPoolBuilder.build;
  if (names[0] === 'pool' || names[0] === 'connection') {
    made.connectionPoolBuilder.build = async (destination) => {
      const pool = await build(destination);
      const start = names[0] === 'pool' ? pool : pool.pool[0];
      remove(follow(start, names.slice(1)), name);
      return pool;
    };
  } else if (names[0] === 'broker') {
    const create = made.brokerPool.createBroker;
    made.brokerPool.createBroker = (options) => {
      const broker = create(options);
      remove(broker, name);
      return broker;
    };
  } else remove(follow(made, names), name);
  return made;
}

function follow(from: object, names: string[]): Record<string, unknown> {
  return names.reduce((object, name) => object[name] as Record<string, unknown>, from as Record<string, unknown>);
}

/** Own or inherited: both are gone afterwards. */
function remove(object: object, name: string): void {
  Object.defineProperty(object, name, { value: undefined, configurable: true, writable: true });
}

describe('messaging/kafkajs/internals', () => {
  it('finds everything in the installed kafkajs, without a broker', async () => {
    await expect(assertKafkajsInternals(cluster())).resolves.toBeUndefined();
  });

  it('refuses another version of kafkajs', async () => {
    await expect(assertKafkajsInternals(cluster(), '2.3.0')).rejects.toThrow(/lacks version 2.2.4 \(found 2.3.0\)/);
  });

  it.each([
    'connect',
    'disconnect',
    'rootLogger',
    'connectionPoolBuilder.build',
    'brokerPool.createBroker',
    'brokerPool.findConnectedBroker',
    'pool.pool',
    'pool.getConnection',
    'connection.nextCorrelationId',
    'connection.processData',
    'connection.rejectRequests',
    'connection.isConnected',
    'connection.isAuthenticated',
    'connection.authenticate',
    'connection.host',
    'connection.port',
    'connection.reauthenticationThreshold',
    'connection.sessionLifetime',
    'connection.requestQueue',
    'connection.requestQueue.push',
    'connection.requestQueue.fulfillRequest',
    'connection.requestQueue.maybeThrottle',
    'connection.requestQueue.scheduleCheckPendingRequests',
    'connection.requestQueue.scheduleRequestTimeoutCheck',
    'connection.requestQueue.inflight',
    'connection.requestQueue.pending',
    'connection.requestQueue.requestTimeout',
    'broker.metadata',
    'broker.findGroupCoordinator',
    'broker.createTopics',
    'broker.listGroups',
  ])('fails loudly, by name, when %s is missing', async (path) => {
    const name = path.split('.').at(-1) as string;
    const failure = await without(path)
      .then((made) => assertKafkajsInternals(made))
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'KAFKAJS_INTERNALS_CHANGED', retriable: false });
    expect(failure.message).toContain(name);
    expect(failure.message).toContain('npm ci');
  });
});
