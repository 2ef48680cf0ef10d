import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EndpointCreated,
  endpointTopics,
  LedgerKeyRotated,
  LedgerRefused,
  ledgeredFacts,
  RotateLedgerKey,
  sampleOf,
  Topics,
} from '@millrace/contracts';
import { HEAD_WITHIN_MS } from '@millrace/ledger';
import { RecordBatchWriter } from '@millrace/messaging';
import { trimTopic } from '@millrace/testing';
import { ENDPOINT, LedgerUnderTest, sequenceOf } from '../test/ledger-under-test';

const traffic = endpointTopics(ENDPOINT);
let service: LedgerUnderTest;
beforeAll(async () => {
  service = await LedgerUnderTest.prepare();
}, 120_000);
afterAll(() => service?.clear(), 60_000);

describe('governance > ledger', () => {
  it('covers facts and the traffic of a new endpoint, bytes as they are, within 10 s; and is silent when nothing comes', async () => {
    const fact = await service.someFact();
    const { responses, requests, outcomes, labelled } = traffic;
    await service.publish(EndpointCreated, 'seen', {
      ...(sampleOf(EndpointCreated) as EndpointCreated),
      endpoint: 'seen',
      major: 1,
    });
    await service.producer.send(requests.name, [
      { key: null, value: Buffer.from('no avro'), headers: [['h', 'x']] },
      { key: Buffer.from('tombstone'), value: null },
    ]);
    const transactional = service.kafka.transactionalProducer('t', { scope: { partitions: [] } });
    await transactional.init();
    const batch = (text: string) => new RecordBatchWriter(64).add(Date.now(), null, Buffer.from(text)).finish();
    await transactional.produce(responses.name, 3, batch('kept'));
    await transactional.commit();
    await transactional.produce(responses.name, 3, batch('dropped'));
    await transactional.abort();
    await transactional.close();
    await service.producer.send(outcomes.name, [{ key: Buffer.from('r'), value: Buffer.from('y') }]);
    const covered = await service.allCovered();
    const names = new Set(covered.guarantee?.partitions.map(({ topic }) => topic));
    for (const topic of [Topics.sources, Topics.endpoints, requests, responses, outcomes])
      expect(names).toContain(topic.name);
    expect(names).not.toContain(Topics.treeHeads.name);
    expect(names).not.toContain(labelled.name);
    expect(ledgeredFacts.map(({ name }) => name)).not.toContain(Topics.governanceStatus.name);
    const response = covered.guarantee?.partitions.find(
      ({ topic, partition }) => topic === responses.name && partition === 3,
    );
    expect(response?.treeSize).toBe(1);

    const written = (await service.records(Topics.sources.name)).find(
      ({ headers }) => String(headers.get('ce_id')) === fact,
    );
    const first = (await service.heads())[0];
    expect(first.timestamp - (written?.timestamp ?? 0)).toBeLessThan(HEAD_WITHIN_MS);
    const before = (await service.heads()).length;
    await sleep(2_500);
    expect(await service.heads()).toHaveLength(before);
  }, 60_000);

  it('signs at most one head a second while records keep coming', async () => {
    const before = (await service.heads()).length;
    const began = performance.now();
    while (performance.now() - began < 4_000) {
      await service.someFact();
      await sleep(50);
    }
    await service.allCovered();
    const made = (await service.heads()).slice(before);
    expect(made.length).toBeGreaterThanOrEqual(2);
    expect(made.length).toBeLessThanOrEqual((performance.now() - began) / 1_000 + 1);
    const stamps = made.map(({ data }) => Number(data.occurredAt));
    for (const [at, time] of stamps.slice(1).entries()) expect(time - stamps[at]).toBeGreaterThanOrEqual(900);
  }, 60_000);

  it('signs with a new key from a command on, which the old key says; the first public key verifies all', async () => {
    const before = Math.max(...(await service.heads()).map(sequenceOf));
    const command = await service.command(RotateLedgerKey, 'ledger', { ledger: 'ledger', reason: 'its holder left' });
    expect(await service.answer(Topics.treeHeads, command)).toMatchObject({
      record: LedgerKeyRotated.fullName,
      data: { oldKeyId: 'governance-1', newKeyId: 'governance-2', firstSequence: before + 1, by: 'ann' },
    });
    expect((await stat(join(service.folder, 'governance-2.private.pem'))).mode & 0o777).toBe(0o600);
    await service.someFact();
    await service.until(
      'head of the new key',
      () => service.heads(),
      (all) => sequenceOf(all[all.length - 1]) > before,
    );
    await service.allCovered();
    const last = (await service.links()).at(-1);
    expect(last).toMatchObject({ keyId: 'governance-2' });

    await service.stop();
    await service.start();
    await service.someFact();
    expect((await service.allCovered()).guarantee?.sequence).toBeGreaterThan(before + 1);
    const odd = await service.command(RotateLedgerKey, 'other', { ledger: 'other', reason: '' });
    expect(await service.answer(Topics.treeHeads, odd)).toMatchObject({
      record: LedgerRefused.fullName,
      data: { reasonCode: 'BAD_NAME' },
    });
    await service.someFact();
    await service.allCovered();
  }, 90_000);

  it('rebuilds state and trees from the log, beside the running service', async () => {
    const { tables } = await service.rebuild();
    const found = tables.filter(({ table }) => table.startsWith('ledger'));
    expect(found.map(({ table, kind, difference }) => [table, kind, difference])).toEqual([
      ['ledger_trees', 'projection', null],
      ['ledgers', 'state', null],
    ]);
    for (const { rows, hash, hashRebuilt } of found) {
      expect(rows).toBeGreaterThan(0);
      expect(hashRebuilt).toBe(hash);
    }
  }, 60_000);

  it('rebuilds the tree of a trimmed partition from the one that a head stored behind the trim', async () => {
    const { name } = traffic.requests;
    const ends = async () => [...(await service.kafka.admin.endOffsets(name))].sort(([a], [b]) => a - b);
    const before = await ends();
    const send = (text: string) =>
      service.producer.send(name, [{ key: Buffer.from('one partition'), value: Buffer.from(text) }]);
    await send('one');
    await send('two');
    await service.allCovered();
    const middle = await ends();
    await send('three');
    await send('four');
    await service.allCovered();
    const [partition, offset] = middle.find(([, end], at) => end !== before[at][1])!;

    // Inside what the head in the middle covers: that head's tree is the first with all leaves behind it.
    await trimTopic(service.kafka, name, partition, offset - 1);

    const { tables, trimmed } = await service.rebuild();
    expect(trimmed).toEqual([{ topic: name, partition, offset: offset - 1 }]);
    expect(tables.find(({ table }) => table === 'ledger_trees')).toMatchObject({ difference: null, lacks: [] });
    await service.someFact();
    await service.allCovered();
  }, 90_000);
});
