import { apiNamed, recordedExchanges } from '../../fixtures/wire/recorded';
import type { ApiVersionsResponse } from '../wire/api-versions';
import { decodeResponse, type Throttled, type WireApi } from '../wire/wire-api';
import { assertTransactionVersion, assertVersions } from './broker-requirements';

const recorded = recordedExchanges.find(({ api }) => api === 'ApiVersions');
const real = decodeResponse(
  apiNamed('ApiVersions') as WireApi<unknown, Throttled>,
  Buffer.from(recorded?.payload ?? '', 'hex'),
) as ApiVersionsResponse;

describe('messaging/client/broker-requirements', () => {
  it('Apache Kafka 4.3.1 meets them', () => {
    expect(() => assertVersions(real.apis)).not.toThrow();
    expect(() => assertTransactionVersion(real.finalizedFeatures, ['b:1'])).not.toThrow();
  });

  it('names the API and the range that a broker offers instead', () => {
    const newer = new Map(real.apis).set(1, { min: 13, max: 20 });
    expect(() => assertVersions(newer)).toThrow('Millrace speaks Fetch v12; this broker speaks 13 to 20.');
    const older = new Map(real.apis);
    older.delete(26);
    expect(() => assertVersions(older)).toThrow('Millrace speaks EndTxn v5; this broker does not speak it.');
  });

  it('names the command that raises transaction.version', () => {
    expect(() => assertTransactionVersion(new Map(), ['b:1'])).toThrow(
      'kafka-features.sh --bootstrap-server b:1 upgrade --feature transaction.version=2',
    );
  });
});
