import { recordedExchanges } from '../../fixtures/wire/recorded';
import { mutate, randomOf } from '../../fuzz/random.cjs';
import { makeWireTarget, recordedBatches } from '../../fuzz/wire-target.cjs';
import { crc32c } from '../records/crc32c';
import { scanBatches } from '../records/scan-batches';
import { spokenApis } from './spoken-apis';
import { decodeResponse } from './wire-api';

const MUTANTS = 10_000;
const target = makeWireTarget({ decodeResponse, spokenApis, scanBatches, crc32c, mutate });

describe('messaging/wire/fuzz: 10,000 mutants are read or refused as malformed, nothing else', () => {
  it.each(recordedExchanges.map((exchange) => ({ title: `${exchange.api}: ${exchange.name}`, exchange })))(
    'response $title',
    async ({ exchange }) => {
      const random = randomOf(20_261_124);
      let refused = 0;
      for (let i = 0; i < MUTANTS; i++) if ((await target.response(exchange, random)) === 'refused') refused++;
      expect(refused).toBeGreaterThan(MUTANTS / 10);
    },
    60_000,
  );

  it.each(recordedBatches(recordedExchanges) as { name: string; records: Buffer }[])(
    'batch $name, its checksum made right again',
    async ({ records }) => {
      const random = randomOf(20_261_124);
      let accepted = 0;
      for (let i = 0; i < MUTANTS; i++) if ((await target.batch(records, random)) === 'accepted') accepted++;
      expect(accepted).toBeGreaterThan(0);
      expect(accepted).toBeLessThan(MUTANTS);
    },
    60_000,
  );
});
