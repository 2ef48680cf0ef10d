import { parseSchema, SchemaRegistryClient } from '@millrace/messaging';
import { MemoryRegistry } from './memory-registry';

const schema = parseSchema('{"type":"record","name":"a.B","fields":[{"name":"n","type":"int"}]}');

let registry: MemoryRegistry;
beforeEach(async () => {
  registry = await MemoryRegistry.start();
});
afterEach(() => registry.close());

describe('testing/memory-registry', () => {
  it('keeps what a client registers', async () => {
    const client = new SchemaRegistryClient({ url: registry.url, prefix: 'p.' });
    await client.setCompatibility('s-value', 'FULL_TRANSITIVE');
    const id = await client.register('s-value', schema);
    const other = new SchemaRegistryClient({ url: registry.url, prefix: 'p.' });
    expect(await other.lookup('s-value', schema)).toMatchObject({ id, version: 1 });
    expect((await other.byId(id)).text).toBe(schema.text);
    expect(await other.lookup('other', schema)).toBeUndefined();
    await expect(other.byId(99)).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA' });
    expect([registry.subjectNames, registry.levels.get('p.s-value')]).toEqual([['p.s-value'], 'FULL_TRANSITIVE']);
  });
});
