import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { ACTOR_HEADER, KEY_ID_HEADER, SIGNATURE_HEADER, signCommand, verifyCommand } from './command-signature';
import { TrustedKeys } from './trusted-keys';

const gateway = generateKeyPairSync('ed25519');
const training = generateKeyPairSync('ed25519');
const spki = (key: typeof gateway) => key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const file = (more: object = {}) => ({
  installation: 'inst-1',
  keys: [
    { keyId: 'gateway-1', service: 'gateway', publicKey: spki(gateway) },
    { keyId: 'training-1', service: 'training', publicKey: training.publicKey.export({ format: 'pem', type: 'spki' }) },
  ],
  ...more,
});
const keys = TrustedKeys.fromJson(JSON.stringify(file()));
const signer = { installation: 'inst-1', keyId: 'gateway-1', privateKey: gateway.privateKey };
const command = {
  topic: 'registry.commands.v1',
  key: 'delay',
  actor: 'ann',
  commandId: 'c-1',
  value: Buffer.from('datum'),
};
const accepted = new Set(['gateway']);

const received = (change: Partial<Record<string, string | null>> = {}, more: object = {}) => {
  const headers = new Map<string, Buffer>([['ce_id', Buffer.from('c-1')]]);
  for (const [name, value] of signCommand(signer, command)) headers.set(name, Buffer.from(value));
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === undefined) headers.delete(name);
    else headers.set(name, Buffer.from(value));
  }
  return { topic: command.topic, key: Buffer.from('delay'), value: command.value, headers, ...more };
};

describe('messaging/envelope/command-signature', () => {
  it('accepts what the gateway signed', () => {
    expect(verifyCommand(keys, accepted, received())).toEqual({
      valid: true,
      actor: 'ann',
      service: 'gateway',
      commandId: 'c-1',
    });
  });

  it('signs exactly the lines of ARCHITECTURE section 3', () => {
    const signature = signCommand(signer, command).find(([name]) => name === SIGNATURE_HEADER)?.[1] ?? '';
    const lines = `millrace-command-v1\ninst-1\nregistry.commands.v1\ndelay\nann\nc-1\n${createHash('sha256').update('datum').digest('hex')}`;
    expect(verify(null, Buffer.from(lines), gateway.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
  });

  it.each<[string, ReturnType<typeof received>, RegExp]>([
    ['no signature', received({ [SIGNATURE_HEADER]: null }), /not signed/],
    ['no command id', received({ ce_id: null }), /not signed/],
    ['an unknown key', received({ [KEY_ID_HEADER]: 'gateway-9' }), /does not list/],
    ["another service's key id", received({ [KEY_ID_HEADER]: 'training-1' }), /may not send/],
    ['another actor', received({ [ACTOR_HEADER]: 'eve' }), /does not fit/],
    ['an actor with a line break', received({ [ACTOR_HEADER]: 'ann\nc-2' }), /not signed/],
    ['another command id', received({ ce_id: 'c-2' }), /does not fit/],
    ['another topic', received({}, { topic: 'training.commands.v1' }), /does not fit/],
    ['another key', received({}, { key: Buffer.from('other') }), /does not fit/],
    ['another value', received({}, { value: Buffer.from('datum!') }), /does not fit/],
    ['no value', received({}, { value: null }), /no key or no value/],
    ['no key', received({}, { key: null }), /no key or no value/],
    ['a signature that is none', received({ [SIGNATURE_HEADER]: 'AAAA' }), /does not fit/],
  ])('refuses %s', (_, command, reason) => {
    const verdict = verifyCommand(keys, accepted, command);
    expect(verdict.valid).toBe(false);
    expect(!verdict.valid && verdict.reason).toMatch(reason);
  });

  it('refuses a command of another installation', () => {
    const elsewhere = TrustedKeys.fromJson(JSON.stringify(file({ installation: 'inst-2' })));
    expect(verifyCommand(elsewhere, accepted, received()).valid).toBe(false);
  });

  it('does not sign a field with a line break', () => {
    expect(() => signCommand(signer, { ...command, actor: 'a\nb' })).toThrow(/line break/);
  });
});

describe('messaging/envelope/trusted-keys', () => {
  it('finds keys by id', () => {
    expect(keys.find('training-1')?.service).toBe('training');
    expect(keys.find('nobody')).toBeUndefined();
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'pem', type: 'spki' });
  it.each<[string, unknown, RegExp]>([
    ['no JSON', undefined, /not JSON/],
    ['no installation', file({ installation: '' }), /installation/],
    ['no keys', file({ keys: {} }), /not an array/],
    ['half a key', file({ keys: [{ keyId: 'a' }] }), /key 0 needs/],
    ['a key id twice', file({ keys: [file().keys[0], file().keys[0]] }), /twice/],
    ['rubbish', file({ keys: [{ keyId: 'a', service: 'b', publicKey: 'AAAA' }] }), /not a public key/],
    ['an RSA key', file({ keys: [{ keyId: 'a', service: 'b', publicKey: rsa }] }), /Ed25519/],
  ])('refuses %s', (_, content, message) => {
    expect(() => TrustedKeys.fromJson(content === undefined ? '{' : JSON.stringify(content))).toThrow(message);
  });
});
