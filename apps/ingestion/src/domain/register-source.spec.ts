import type { RegisterSource } from '@millrace/contracts';
import { givenWhenThen } from '@millrace/testing';
import { at, column, made, registerFlights, rule, schema } from './domain-fixtures';
import { refuseSource, registerSource, whyNotRegister } from './register-source';
import { evolveSource, noSource } from './source';
import type { SourceSchema } from './source-schema';

const { given } = givenWhenThen({ initial: noSource, evolve: evolveSource });
const register = (command = registerFlights(), of: SourceSchema = schema) =>
  given().when((source, version) => registerSource(source, command, of, made, at(version)));

const live = registerSource(noSource(), registerFlights(), schema, made, at(0))[0];

describe('ingestion > domain > registerSource', () => {
  it('registers a source with all that was asked and made', () => {
    const state = register().thenMatch({
      type: 'SourceRegistered',
      data: { aggregateVersion: 1, occurredAt: 1_000, registeredBy: 'ann', ...registerFlights(), ...made },
    });
    expect(state).toMatchObject({ status: 'LIVE', is: { source: 'flights', schemaId: 7 } });
  });

  it('refuses a name that is taken, whatever the second command says', () => {
    if (!live) throw new Error('not registered');
    given(live)
      .when((source, version) =>
        registerSource(source, registerFlights({ owner: 'bob' }), schema, made, at(version, 'c2')),
      )
      .thenMatch({
        type: 'SourceRefused',
        data: {
          aggregateVersion: 2,
          commandId: 'c2',
          reasonCode: 'SOURCE_EXISTS',
          command: 'io.millrace.ingestion.RegisterSource',
        },
      });
  });

  it('counts a refusal in the versions of a source that never came to be', () => {
    const why = { reasonCode: 'BAD_NAME', reason: 'no' };
    const [first] = refuseSource(registerFlights(), why, at(0));
    if (!first) throw new Error('not refused');
    expect(given(first).state()).toEqual(noSource());
    given(first)
      .when((source, version) => registerSource(source, registerFlights(), schema, made, at(version)))
      .thenMatch({ type: 'SourceRegistered', data: { aggregateVersion: 2 } });
  });

  it.each<[string, Partial<RegisterSource>, string]>([
    ['capitals in a name', { source: 'Flights' }, 'BAD_NAME'],
    ['a name that is a path', { source: '../x' }, 'BAD_NAME'],
    ['no owner', { owner: ' ' }, 'BAD_PROVENANCE'],
    ['no licence', { licence: '' }, 'BAD_PROVENANCE'],
    ['no partitions', { partitions: 0 }, 'BAD_PARTITIONS'],
    ['too many partitions', { partitions: 65 }, 'BAD_PARTITIONS'],
    ['an unknown key field', { keyField: 'q' }, 'BAD_KEY_FIELD'],
    ['a key that may be null', { keyField: 'gate' }, 'BAD_KEY_FIELD'],
    ['a nested key', { keyField: 'legs' }, 'BAD_KEY_FIELD'],
    ['an unknown event time', { eventTimeField: 'q' }, 'BAD_EVENT_TIME_FIELD'],
    ['an event time that is no time', { eventTimeField: 'delay' }, 'BAD_EVENT_TIME_FIELD'],
    ['an event time that may be null', { eventTimeField: 'seen' }, 'BAD_EVENT_TIME_FIELD'],
    ['a mark on an unknown field', { privacy: { q: 'none' } }, 'BAD_PRIVACY'],
    ['an unknown mark', { privacy: { origin: 'secret' } }, 'BAD_PRIVACY'],
    ['a field marked pii', { privacy: { origin: 'pii' } }, 'PII_UNSUPPORTED'],
    ['a rule on an unknown column', { rules: [rule({ column: 'q' })] }, 'BAD_RULE'],
    ['two rules with one id', { rules: [rule(), rule()] }, 'BAD_RULE'],
    ['a rule of unknown kind', { rules: [rule({ kind: 'UNKNOWN' })] }, 'BAD_RULE'],
    ['a rule about a whole data set', { rules: [rule({ kind: 'MEAN_BETWEEN' })] }, 'BAD_RULE'],
    ['a rule with a tolerance', { rules: [rule({ tolerance: 0.1 })] }, 'BAD_RULE'],
    ['a rule of unknown severity', { rules: [rule({ severity: 'UNKNOWN' })] }, 'BAD_RULE'],
    ['a rule that allows nothing', { rules: [rule({ min: 2, max: 1 })] }, 'BAD_RULE'],
    ['bounds for a text', { rules: [rule({ column: 'origin' })] }, 'BAD_RULE'],
    ['a set for bytes', { rules: [rule({ kind: 'IN_SET', column: 'raw', values: ['a'] })] }, 'BAD_RULE'],
  ])('refuses %s', (_, change, reasonCode) => {
    register(registerFlights(change)).thenMatch({
      type: 'SourceRefused',
      data: { reasonCode, source: change.source ?? 'flights' },
    });
  });

  it.each([
    ['bounds for a time', rule({ column: 'date' })],
    ['one bound', rule({ min: null })],
    ['a set for a number', rule({ kind: 'IN_SET', values: ['1'] })],
    ['presence of something nested', rule({ kind: 'NOT_NULL', column: 'legs' })],
    ['a warning', rule({ severity: 'WARNING' })],
  ])('takes a rule with %s', (_, one) => {
    expect(whyNotRegister(noSource(), registerFlights({ rules: [one] }), schema)).toBeNull();
  });

  it.each<[string, SourceSchema]>([
    ['that does not parse', { problem: 'The schema is no JSON.' }],
    ['without fields', { columns: [], text: '{}' }],
    [
      'with fields that differ in case only',
      { columns: [column('a', 'text', 'string'), column('A', 'text', 'string')], text: '{}' },
    ],
  ])('refuses a schema %s', (_, bad) => {
    register(registerFlights({ eventTimeField: null, rules: [] }), bad).thenMatch({
      type: 'SourceRefused',
      data: { reasonCode: 'BAD_SCHEMA' },
    });
  });

  it('takes personal data, marked as such', () => {
    expect(whyNotRegister(noSource(), registerFlights({ privacy: { origin: 'personal' } }), schema)).toBeNull();
  });
});
