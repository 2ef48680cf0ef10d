import { apiNamed, type RecordedExchange, type RecordedRecord, recordedExchanges } from '../../fixtures/wire/recorded';
import type { FetchResponse } from '../wire/fetch';
import { decodeResponse, type Throttled, type WireApi } from '../wire/wire-api';
import type { RecordCursor } from './record-cursor';
import { scanBatches } from './scan-batches';

const fetches = recordedExchanges.filter(({ api, records }) => api === 'Fetch' && Array.isArray(records));

async function scan(exchange: RecordedExchange) {
  const api = apiNamed('Fetch') as WireApi<unknown, Throttled>;
  const response = decodeResponse(api, Buffer.from(exchange.payload, 'hex')) as FetchResponse;
  const [{ topic, partitions }] = response.topics;
  const { partition, records, abortedTransactions, lastStableOffset } = partitions[0];
  const { topics } = exchange.request as { topics: { partitions: { offset: number }[] }[] };
  const { offset } = topics[0].partitions[0];
  return {
    ...(await scanBatches(topic, partition, offset, records ?? Buffer.alloc(0), abortedTransactions)),
    offset,
    lastStableOffset,
  };
}

function all(cursor: RecordCursor): RecordedRecord[] {
  const records: RecordedRecord[] = [];
  while (cursor.next()) {
    const { offset, timestamp, key, value, rawHeaders } = cursor.record();
    const headers = rawHeaders.map(([name, bytes]): [string, string | null] => [name, bytes?.toString() ?? null]);
    records.push({ offset, key: key?.toString() ?? null, value: value?.toString() ?? null, headers, timestamp });
  }
  return records;
}

describe('messaging/records/recorded-fetches', () => {
  it('has the cases that matter', () => {
    expect(fetches.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'from inside a batch',
        'compressed with gzip',
        'compressed with snappy',
        'compressed with lz4',
        'compressed with zstd',
        'aborted: plain',
        'aborted: from the middle of the aborted transaction',
        'aborted: overlapping, the later one ends first',
        'aborted: overlapping, the earlier one ends first',
        'aborted: a commit nested in an abort',
        'aborted: a key of four zero bytes is no marker',
      ]),
    );
  });

  it.each(fetches.map((exchange) => ({ name: exchange.name, exchange })))(
    'delivers what is committed: $name',
    async ({ exchange }) => {
      const { cursor, nextOffset, offset, lastStableOffset } = await scan(exchange);
      expect(all(cursor)).toEqual(exchange.records);
      const isolation = (exchange.request as { isolation: number }).isolation;
      if (isolation === 1) expect(nextOffset).toBe(Math.max(offset, lastStableOffset));
    },
  );

  it('counts the records it leaves out', async () => {
    const named = (name: string) => fetches.find((exchange) => exchange.name === name) as RecordedExchange;
    expect((await scan(named('aborted: plain'))).abortedRecords).toBe(2);
    expect((await scan(named('aborted: a key of four zero bytes is no marker'))).abortedRecords).toBe(3);
    expect((await scan(named('aborted: read uncommitted'))).abortedRecords).toBe(0);
  });

  it('leaves a batch that was cut to the next fetch', async () => {
    const cut = recordedExchanges.find(({ name }) => name === 'the last batch cut') as RecordedExchange;
    const { cursor, nextOffset } = await scan(cut);
    expect(all(cursor).map(({ value }) => value)).toEqual(['other partition']);
    expect(nextOffset).toBe(1);
  });

  it('takes the time of the broker where the topic says so', async () => {
    const stamped = recordedExchanges.find(({ name }) => name === 'log append time') as RecordedExchange;
    const [{ timestamp }] = all((await scan(stamped)).cursor);
    expect(timestamp).toBeGreaterThan(stamped.produced as number);
  });
});
