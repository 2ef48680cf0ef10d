import 'reflect-metadata';
import {
  type ModelAliasSet,
  ModelAliasSet as ModelAliasSetRecord,
  PoisonError,
  patternOf,
  SetModelAlias,
  silentLogger,
  Topics,
} from '@millrace/contracts';
import { DatabaseListener, Inbox, Outbox, Positions, RelayLock } from '@millrace/persistence';
import { eventually, withTestSchema } from '@millrace/testing';
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { deadLettersIn, gatewaySigner, trustedKeys, withControlGround } from '../../fixtures/control';
import { Events } from '../events/events';
import { type Flow, foldOf, type Received } from '../flow/flow';
import { MessagingEvents } from '../modes/messaging-events';
import { OutboxRelay } from '../modes/outbox-relay';
import { MillraceStrategy } from './millrace.strategy';
import { RethrowFilter } from './rethrow.filter';

const seen = { commands: [] as string[], folded: [] as string[], broadcast: [] as string[] };
let version = 0;

/** Answers every command with a fact; folds and broadcasts its own facts. */
@Controller()
class AliasController {
  constructor(@Inject(Events) private readonly events: Events) {}

  @EventPattern<string>(patternOf(SetModelAlias))
  async set(@Payload() command: Received<SetModelAlias>): Promise<void> {
    const { model, alias } = command.data;
    if (alias === 'poison') throw new PoisonError({ code: 'NOT_WANTED', message: 'thrown by a handler' });
    seen.commands.push(`${command.actor} ${alias}`);
    const fact: ModelAliasSet = {
      aggregateVersion: ++version,
      occurredAt: 0,
      model,
      alias,
      version: 1,
      previous: null,
      by: command.actor!,
    };
    await this.events.append(ModelAliasSetRecord, model, fact, command);
  }

  @EventPattern<string>(foldOf(Topics.models))
  fold(@Payload() batch: Received<ModelAliasSet>[]): void {
    for (const { data } of batch) seen.folded.push(data.alias);
  }

  @EventPattern<string>(patternOf(ModelAliasSetRecord))
  broadcast(@Payload() { data }: Received<ModelAliasSet>): void {
    seen.broadcast.push(data.alias);
  }
}

const flow: Flow = {
  service: 'registry',
  consumes: [
    { topic: Topics.registryCommands, mode: 'outbox', records: [SetModelAlias], signedBy: ['gateway'] },
    { topic: Topics.models, mode: 'fold', records: [ModelAliasSetRecord] },
    { topic: Topics.models, mode: 'broadcast', records: [ModelAliasSetRecord], from: 'first' },
  ],
  emits: [ModelAliasSetRecord],
};

describe('messaging > MillraceStrategy', () => {
  const ground = withControlGround();
  const schema = withTestSchema();
  let strategy: MillraceStrategy;
  let relay: OutboxRelay;
  let listener: DatabaseListener;
  let application: INestMicroservice;

  async function start(what: Flow): Promise<INestMicroservice> {
    const { unitOfWork, settings } = schema;
    const outbox = new Outbox(unitOfWork, settings.schema);
    const events = new Events(outbox, ground.encoder, { now: Date.now });
    const lifecycle = new MessagingEvents();
    strategy = new MillraceStrategy({
      flow: what,
      client: ground.client,
      schemas: ground.schemas,
      directEvents: ground.direct,
      trustedKeys,
      database: { unitOfWork, inbox: new Inbox(unitOfWork), positions: new Positions(unitOfWork), events },
      lifecycle,
      now: Date.now,
      logger: silentLogger,
    });
    listener = new DatabaseListener(settings, silentLogger);
    relay = new OutboxRelay({
      outbox,
      lock: new RelayLock(settings, 'relay', silentLogger),
      listener,
      producer: ground.producer,
      onTrouble: () => {},
      lifecycle,
      logger: silentLogger,
    });
    @Module({ controllers: [AliasController], providers: [{ provide: Events, useValue: events }] })
    class AliasModule {}
    const made = await NestFactory.createMicroservice(AliasModule, { strategy, logger: false, abortOnError: false });
    made.useGlobalFilters(new RethrowFilter());
    return made;
  }

  afterEach(async () => {
    await application.close();
    await relay.stop();
    await listener.close();
  });

  it('binds handlers to the modes of the flow: a signed command becomes a fact that is folded and broadcast', async () => {
    application = await start(flow);
    relay.start();
    await application.listen();
    const command = (id: string, alias: string) =>
      ground.direct.command(
        SetModelAlias,
        'm',
        { model: 'm', alias, version: 1 },
        { id, actor: 'ada', signer: gatewaySigner },
      );
    await command('1', 'champion');
    await command('2', 'poison');
    await command('3', 'challenger');
    await eventually(() => expect(seen.broadcast).toEqual(['champion', 'challenger']), { timeoutMs: 30_000 });
    await eventually(() => expect(seen.folded).toEqual(['champion', 'challenger']), { timeoutMs: 30_000 });
    expect(seen.commands).toEqual(['ada champion', 'ada challenger']);
    const letters = (await deadLettersIn(schema.dataSource, ground)).map(({ reasonCode }) => reasonCode);
    expect(letters).toEqual(['NOT_WANTED']);
    const [fact] = await ground.read(Topics.models, ModelAliasSetRecord);
    expect(fact).toMatchObject({ causationId: '1', correlationId: '1', key: 'm' });
    await eventually(() => expect(strategy.reasons()).toEqual([]));
  });

  it('does not start when flow and handlers differ, and names both', async () => {
    const [commands, , broadcast] = flow.consumes;
    application = await start({ ...flow, consumes: [{ ...commands!, records: [] }, broadcast!] });
    await expect(application.listen()).rejects.toThrow(
      /handlers that the flow does not name: .*SetModelAlias.*fold:registry.models.v1/,
    );
  });
});
