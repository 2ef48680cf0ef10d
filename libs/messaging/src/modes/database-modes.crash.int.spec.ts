import path from 'node:path';
import { avroOf, ModelAliasSet, SetModelAlias, silentLogger, subjectOf, Topics } from '@millrace/contracts';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { eventually, MemoryRegistry, spawnNode, testGround, withTestSchema } from '@millrace/testing';
import { CounterTable1764000000001, countersOf } from '../../crash/counter';
import { parseSchema, SchemaRegistryClient } from '../avro';
import { ControlReader } from '../events/control-reader';
import { DirectEvents } from '../events/direct-events';
import { RecordEncoder } from '../events/record-encoder';
import type { Received } from '../flow/flow';
import { KafkaClient } from '../index';

const CHILD = path.resolve(__dirname, '../../crash/database-child.ts');
const MODELS = ['a', 'b'];
const COMMANDS = 12;
const NEVER = new AbortController().signal;

describe.each([
  [
    'outbox',
    [
      'outbox.before-commit',
      'outbox.after-commit',
      'outbox.before-offset-commit',
      'outbox.after-offset-commit',
      'relay.before-produce',
      'relay.after-produce',
      'relay.after-mark',
    ],
  ],
  ['fold', ['fold.before-commit', 'fold.after-commit']],
])('messaging > %s mode > crash', (mode, points) => {
  const ground = testGround();
  let registry: MemoryRegistry;
  beforeAll(async () => {
    registry = await MemoryRegistry.start();
  });
  afterAll(() => registry.close());

  describe.each(points)('killed at %s', (point) => {
    const schema = withTestSchema({ migrations: [BaseTables1700000000000, CounterTable1764000000001] });
    const prefix = `${ground.prefix}${point}.`;
    let client: KafkaClient;
    let schemas: SchemaRegistryClient;
    beforeAll(async () => {
      client = await KafkaClient.connect({ brokers: [ground.kafka], clientId: 'crash-spec', prefix }, silentLogger);
      await client.admin.createTopics(
        [Topics.registryCommands, Topics.models, Topics.registryDeadLetters].map(({ name, partitions }) => ({
          name,
          partitions,
          config: {},
        })),
      );
      schemas = new SchemaRegistryClient({ url: registry.url, prefix });
      for (const [topic, record] of [
        [Topics.registryCommands, SetModelAlias],
        [Topics.models, ModelAliasSet],
      ] as const)
        await schemas.register(subjectOf(topic, record), parseSchema(JSON.stringify(avroOf(record))));
    });
    afterAll(() => client.close());

    it('has every effect once and in order', async () => {
      await sendCommands();
      const args = [
        JSON.stringify({
          brokers: ground.kafka,
          prefix,
          registryUrl: registry.url,
          databaseUrl: schema.settings.url,
          schema: schema.settings.schema,
        }),
        mode,
      ];
      const dying = spawnNode(CHILD, {
        args,
        env: {
          MILLRACE_CRASH_AT: `${point}#${mode === 'outbox' && point.startsWith('outbox.') && !point.includes('offset') ? 4 : 1}`,
        },
      });
      expect((await dying.exit).signal).toBe('SIGKILL');
      const heir = spawnNode(CHILD, { args, env: { MILLRACE_CRASH_AT: undefined } });
      const aliases = Array.from({ length: COMMANDS }, (_, index) => `alias-${index}`);
      const expected = new Map(MODELS.map((model) => [model, aliases]));
      await eventually(async () => expect(await countersOf(schema.unitOfWork)).toEqual(expected), {
        timeoutMs: 60_000,
      });
      if (mode === 'outbox') await everyFactOnce(aliases);
      await heir.kill();
    });

    async function sendCommands(): Promise<void> {
      const producer = client.idempotentProducer();
      const events = new DirectEvents(producer, new RecordEncoder(schemas, 'spec'), { now: Date.now }, (name) =>
        client.prefixed(name),
      );
      for (let index = 0; index < COMMANDS; index++)
        for (const model of MODELS)
          await events.publish(
            SetModelAlias,
            model,
            { model, alias: `alias-${index}`, version: 1 },
            { id: `${model}-${index}` },
          );
      await producer.close();
    }

    /** Repeats after a crash are allowed, with the same id; the first of each id must be in order and without a gap. */
    async function everyFactOnce(aliases: readonly string[]): Promise<void> {
      await eventually(
        async () => {
          const facts = new Map<string, Received<ModelAliasSet>>();
          for (const fact of await readFacts()) if (!facts.has(fact.id)) facts.set(fact.id, fact);
          for (const model of MODELS) {
            const own = [...facts.values()].filter(({ key }) => key === model).map(({ data }) => data);
            expect(own.map(({ alias }) => alias)).toEqual(aliases);
            expect(own.map(({ aggregateVersion }) => aggregateVersion)).toEqual(aliases.map((_, index) => index + 1));
          }
        },
        { timeoutMs: 30_000 },
      );
    }

    async function readFacts(): Promise<Received<ModelAliasSet>[]> {
      const control = new ControlReader(schemas, [ModelAliasSet]);
      const end = (await client.admin.endOffsets(Topics.models.name)).get(0) ?? 0;
      const reader = client.partitionReader({ maxWaitMs: 100 });
      reader.assign(Topics.models.name, 0, 'start');
      const facts: Received<ModelAliasSet>[] = [];
      while (facts.length < end)
        for (const { records } of await reader.fetch(NEVER))
          while (records.next()) facts.push((await control.read(records.record())) as Received<ModelAliasSet>);
      await reader.close();
      return facts;
    }
  });
});
