import { compatibilityOf, resetCompatibility, setCompatibility } from './configure-compatibility';
import type { Decision } from './decision';
import { deleteSubject, deleteVersion } from './delete-schema';
import { findVersion, lookUpSchema } from './find-version';
import { readLogRecord, writeLogRecord } from './log-record';
import { type CompatibilityCheck, registerSchema } from './register-schema';
import { RegistryState } from './registry-state';
import { readVersion, subjectProblem } from './subject-name';
import { testCompatibility, testCompatibilityWith } from './test-compatibility';

/** A registry without a log: a decision's records go through their JSON into the state, as they would through the topic. */
class Registry {
  readonly state = new RegistryState('BACKWARD');
  readonly log: { key: string; value: string | null }[] = [];

  decide<T>(decision: Decision<T>): T | { refused: number; status: number } {
    if ('refusal' in decision) return { refused: decision.refusal.errorCode, status: decision.refusal.status };
    for (const record of decision.records) this.append(writeLogRecord(record));
    return decision.answer;
  }

  append(entry: { key: string; value: string | null }): void {
    this.log.push(entry);
    const record = readLogRecord(entry.key, entry.value);
    if (typeof record === 'string') throw new Error(`the registry cannot read what it wrote: ${entry.key}`);
    this.state.apply(record);
  }

  register = (subject: string, text: string, check: CompatibilityCheck = () => []) =>
    this.decide(registerSchema(this.state, subject, text, check));
}

describe('schema-registry/domain', () => {
  let registry: Registry;
  beforeEach(() => {
    registry = new Registry();
  });

  describe('registration', () => {
    it('gives ids 1, 2, 3 ... and versions per subject', () => {
      expect(registry.register('a', '"int"')).toEqual({ id: 1 });
      expect(registry.register('a', '"long"')).toEqual({ id: 2 });
      expect(registry.register('b', '"string"')).toEqual({ id: 3 });
      expect(registry.state.versions('a', false).map(({ version }) => version)).toEqual([1, 2]);
      expect(registry.state.versions('b', false).map(({ version }) => version)).toEqual([1]);
    });

    it('the same schema again writes nothing and answers the same id', () => {
      registry.register('a', '"int"');
      expect(registry.register('a', '"int"')).toEqual({ id: 1 });
      expect(registry.log).toHaveLength(1);
    });

    it('the same schema under two subjects has one id', () => {
      registry.register('a', '"int"');
      expect(registry.register('b', '"int"')).toEqual({ id: 1 });
      expect(registry.state.usesOf(1, false).map(({ subject }) => subject)).toEqual(['a', 'b']);
    });

    it('checks under the level in force against the versions that count, oldest first', () => {
      const asked: unknown[] = [];
      const check: CompatibilityCheck = (level, text, earlier) => {
        asked.push([level, text, earlier.map(({ version }) => version)]);
        return [];
      };
      registry.register('a', '"int"');
      registry.register('a', '"long"');
      registry.register('a', '"float"');
      registry.decide(deleteVersion(registry.state, 'a', 2));
      registry.decide(setCompatibility(registry.state, 'a', 'full'));
      registry.register('a', '"double"', check);
      expect(asked).toEqual([['FULL', '"double"', [1, 3]]]);
    });

    it('refuses what does not fit, and writes nothing', () => {
      registry.register('a', '"int"');
      expect(registry.register('a', '"string"', () => ['because'])).toEqual({ refused: 409, status: 409 });
      expect(registry.log).toHaveLength(1);
    });

    it.each(['', 'a\nb', '__GLOBAL', 'x'.repeat(513)])('refuses the subject %j', (subject) => {
      expect(registry.register(subject, '"int"')).toEqual({ refused: 42208, status: 422 });
    });

    it('takes subjects with any other characters', () => expect(subjectProblem('p.serve/ä:x-value')).toBeUndefined());
  });

  describe('deletion', () => {
    beforeEach(() => {
      registry.register('a', '"int"');
      registry.register('a', '"long"');
      registry.decide(setCompatibility(registry.state, 'a', 'NONE'));
    });

    it('hides a version, keeps its id readable, and refuses to hide it twice', () => {
      expect(registry.decide(deleteVersion(registry.state, 'a', 1))).toBe(1);
      expect(registry.state.versions('a', false).map(({ version }) => version)).toEqual([2]);
      expect(registry.state.versions('a', true).map(({ version }) => version)).toEqual([1, 2]);
      expect(registry.state.schema(1)).toEqual({ text: '"int"', type: 'AVRO' });
      expect(registry.decide(deleteVersion(registry.state, 'a', 1))).toEqual({ refused: 40406, status: 404 });
    });

    it('hides a subject and its level', () => {
      expect(registry.decide(deleteSubject(registry.state, 'a'))).toEqual([1, 2]);
      expect(registry.state.subjectNames('', false)).toEqual([]);
      expect(registry.state.subjectNames('', true)).toEqual(['a']);
      expect(registry.state.configuredLevel('a')).toBeUndefined();
      expect(registry.decide(deleteSubject(registry.state, 'a'))).toEqual({ refused: 40404, status: 404 });
    });

    it('does not give versions and ids again', () => {
      registry.decide(deleteSubject(registry.state, 'a'));
      expect(registry.register('a', '"string"')).toEqual({ id: 3 });
      expect(registry.register('a', '"int"')).toEqual({ id: 1 });
      expect(registry.state.versions('a', false).map(({ version, id }) => [version, id])).toEqual([
        [3, 3],
        [4, 1],
      ]);
    });

    it('says what is not there', () => {
      expect(registry.decide(deleteSubject(registry.state, 'z'))).toEqual({ refused: 40401, status: 404 });
      expect(registry.decide(deleteVersion(registry.state, 'z', 'latest'))).toEqual({ refused: 40401, status: 404 });
      expect(registry.decide(deleteVersion(registry.state, 'a', 9))).toEqual({ refused: 40402, status: 404 });
    });
  });

  describe('look-up', () => {
    beforeEach(() => {
      registry.register('a', '"int"');
      registry.register('a', '"long"');
      registry.decide(deleteVersion(registry.state, 'a', 2));
    });

    it('latest is the highest version that counts', () => {
      expect(findVersion(registry.state, 'a', 'latest', false)).toMatchObject({ version: 1 });
      expect(findVersion(registry.state, 'a', 'latest', true)).toMatchObject({ version: 2, deleted: true });
    });

    it('finds a schema by its text', () => {
      expect(lookUpSchema(registry.state, 'a', '"int"', false)).toMatchObject({ id: 1, version: 1 });
      expect(lookUpSchema(registry.state, 'a', '"long"', false)).toMatchObject({ errorCode: 40403 });
      expect(lookUpSchema(registry.state, 'a', '"long"', true)).toMatchObject({ id: 2 });
      expect(lookUpSchema(registry.state, 'z', '"int"', false)).toMatchObject({ errorCode: 40401 });
    });

    it('lists subjects by prefix', () => {
      registry.register('ab', '"int"');
      registry.register('b', '"int"');
      expect(registry.state.subjectNames('a', false)).toEqual(['a', 'ab']);
    });

    it.each([
      ['1', 1],
      ['latest', 'latest'],
      ['LATEST', 'latest'],
      ['-1', 'latest'],
    ])('reads the version %s', (text, version) => expect(readVersion(text)).toBe(version));

    it.each(['0', '-2', 'x', '1.5', '2147483648', '99999999999999999999'])('refuses the version %s', (text) => {
      expect(readVersion(text)).toMatchObject({ errorCode: 42202, status: 422 });
    });
  });

  describe('compatibility', () => {
    it('comes from the subject, else from the global level, else from the default', () => {
      expect(registry.state.levelInForce('a')).toBe('BACKWARD');
      registry.decide(setCompatibility(registry.state, null, 'forward'));
      expect(registry.state.levelInForce('a')).toBe('FORWARD');
      expect(compatibilityOf(registry.state, 'a', false)).toMatchObject({ errorCode: 40408 });
      expect(compatibilityOf(registry.state, 'a', true)).toEqual({ compatibilityLevel: 'FORWARD' });
      registry.decide(setCompatibility(registry.state, 'a', 'FULL_TRANSITIVE'));
      expect(compatibilityOf(registry.state, 'a', false)).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
      expect(registry.decide(resetCompatibility(registry.state, 'a'))).toEqual({
        compatibilityLevel: 'FULL_TRANSITIVE',
      });
      expect(registry.decide(resetCompatibility(registry.state, 'a'))).toEqual({ refused: 40401, status: 404 });
      expect(registry.decide(resetCompatibility(registry.state, null))).toEqual({ compatibilityLevel: 'FORWARD' });
      expect(compatibilityOf(registry.state, null, false)).toEqual({ compatibilityLevel: 'BACKWARD' });
    });

    it('setting a level again writes nothing', () => {
      registry.decide(setCompatibility(registry.state, 'a', 'FULL'));
      registry.decide(setCompatibility(registry.state, 'a', 'FULL'));
      expect(registry.log).toHaveLength(1);
    });

    it.each(['SIDEWAYS', '', null, 7, undefined])('refuses the level %j', (level) => {
      expect(registry.decide(setCompatibility(registry.state, 'a', level))).toEqual({ refused: 42203, status: 422 });
    });

    it('can be asked before registering', () => {
      registry.register('a', '"int"');
      registry.register('a', '"long"');
      const check: CompatibilityCheck = (level, text, earlier) => [
        `${level} ${text} ${earlier.map(({ version }) => version)}`,
      ];
      expect(testCompatibility(registry.state, 'a', '"x"', check)).toEqual(['BACKWARD "x" 1,2']);
      expect(testCompatibilityWith(registry.state, 'a', 1, '"x"', check)).toEqual(['BACKWARD "x" 1']);
      expect(testCompatibilityWith(registry.state, 'a', 'latest', '"x"', check)).toEqual(['BACKWARD "x" 2']);
      expect(testCompatibilityWith(registry.state, 'new', 'latest', '"x"', check)).toEqual([]);
      expect(testCompatibilityWith(registry.state, 'a', 7, '"x"', check)).toMatchObject({ errorCode: 40402 });
    });
  });

  describe('log', () => {
    it("has Confluent's bytes", () => {
      registry.register('s', '"int"');
      registry.decide(setCompatibility(registry.state, null, 'FULL'));
      registry.decide(setCompatibility(registry.state, 's', 'NONE'));
      registry.decide(deleteVersion(registry.state, 's', 1));
      registry.register('s', '"long"');
      registry.decide(deleteSubject(registry.state, 's'));
      expect(registry.log).toEqual([
        {
          key: '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}',
          value: '{"subject":"s","version":1,"id":1,"schema":"\\"int\\"","deleted":false}',
        },
        { key: '{"keytype":"CONFIG","magic":0}', value: '{"compatibilityLevel":"FULL"}' },
        { key: '{"keytype":"CONFIG","subject":"s","magic":0}', value: '{"subject":"s","compatibilityLevel":"NONE"}' },
        {
          key: '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}',
          value: '{"subject":"s","version":1,"id":1,"schema":"\\"int\\"","deleted":true}',
        },
        {
          key: '{"keytype":"SCHEMA","subject":"s","version":2,"magic":1}',
          value: '{"subject":"s","version":2,"id":2,"schema":"\\"long\\"","deleted":false}',
        },
        { key: '{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}', value: '{"subject":"s","version":2}' },
        { key: '{"keytype":"CONFIG","subject":"s","magic":0}', value: null },
      ]);
    });

    it('gives the same state again, whole or compacted', () => {
      registry.register('a', '"int"');
      registry.register('a', '"long"');
      registry.register('b', '"int"');
      registry.decide(setCompatibility(registry.state, 'a', 'FULL'));
      registry.decide(deleteSubject(registry.state, 'a'));
      registry.register('a', '"string"');
      const last = new Map(registry.log.map((entry, offset) => [entry.key, offset]));
      const compacted = registry.log.filter((entry, offset) => last.get(entry.key) === offset);
      expect(compacted.length).toBeLessThan(registry.log.length);
      for (const log of [registry.log, compacted]) {
        const again = new Registry();
        for (const entry of log) again.append(entry);
        for (const subject of ['a', 'b'])
          expect(again.state.versions(subject, true)).toEqual(registry.state.versions(subject, true));
        expect(again.state.maxId).toBe(registry.state.maxId);
        expect(again.state.levelInForce('a')).toBe(registry.state.levelInForce('a'));
      }
    });

    it.each<[string, string | null, string | null, 'ignored' | 'unreadable']>([
      ['a no-op', '{"keytype":"NOOP","magic":0}', null, 'ignored'],
      ['a mode', '{"keytype":"MODE","subject":null,"magic":0}', '{"mode":"READWRITE"}', 'ignored'],
      ['a hard delete', '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}', null, 'ignored'],
      ['a config of something else', '{"keytype":"CONFIG","subject":"s","magic":0}', '{"normalize":true}', 'ignored'],
      ['no key', null, '{}', 'unreadable'],
      ['no JSON', 'x', '{}', 'unreadable'],
      ['a value that is no object', '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}', '7', 'unreadable'],
      [
        'a schema without an id',
        '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}',
        '{"schema":"x"}',
        'unreadable',
      ],
      [
        'a version that is none',
        '{"keytype":"SCHEMA","subject":"s","version":0,"magic":1}',
        '{"id":1,"schema":"x"}',
        'unreadable',
      ],
      ['an unknown level', '{"keytype":"CONFIG","magic":0}', '{"compatibilityLevel":"MAYBE"}', 'unreadable'],
    ])('reads %s as %s', (_, key, value, expected) => expect(readLogRecord(key, value)).toBe(expected));

    it('reads what newer registries write beside', () => {
      const key = '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}';
      const value =
        '{"subject":"s","version":1,"id":5,"md5":"x","guid":"y","schemaType":"PROTOBUF","schema":"...","ts":1,"deleted":false}';
      expect(readLogRecord(key, value)).toMatchObject({ kind: 'schema', id: 5, type: 'PROTOBUF' });
    });
  });
});
