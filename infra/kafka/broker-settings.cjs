// The settings of the local broker: one node that is broker and controller, on loopback only.

/**
 * @param {{dataDir: string, port: number, controllerPort: number}} options absolute data folder and the two ports
 * @returns {Record<string, string>} what goes into server.properties
 */
function brokerSettings({ dataDir, port, controllerPort }) {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir.replaceAll('\\', '/'),

    // A topic that nobody declared is a mistake to be shown, not to be made (ARCHITECTURE, deny by default).
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'default.replication.factor': '1',
    'min.insync.replicas': '1',

    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',

    // Every declared topic carries its own retention; what carries none is kept, so that nothing vanishes by default.
    'log.retention.ms': '-1',
    'offsets.retention.minutes': String(365 * 24 * 60),
    // A record batch, not a record, is what this bounds; topics set their own, lower `max.message.bytes`.
    'message.max.bytes': String(4 * 1024 * 1024),
    'replica.fetch.max.bytes': String(4 * 1024 * 1024),

    // Index files are preallocated: with a hundred partitions the defaults would map a gigabyte of nothing.
    'log.segment.bytes': String(256 * 1024 * 1024),
    'log.index.size.max.bytes': String(1024 * 1024),
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),

    // A killed broker may register again only when its old session has run out; the default is 9 s.
    'broker.heartbeat.interval.ms': '1000',
    'broker.session.timeout.ms': '4000',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    'num.recovery.threads.per.data.dir': '2',
  };
}

/** Java properties text; a backslash would start an escape there, so settings hold none. */
function toProperties(settings) {
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

module.exports = { brokerSettings, toProperties };
