import { controlEventId, uuidV5 } from './uuid-v5';

describe('messaging/envelope/uuid-v5', () => {
  it('computes the example of RFC 9562, appendix A.4', () => {
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  it('names an event by topic, aggregate and version', () => {
    const id = controlEventId('registry.models.v1', 'delay', 3);
    expect(controlEventId('registry.models.v1', 'delay', 3)).toBe(id);
    const others = [
      controlEventId('registry.models.v1', 'delay', 4),
      controlEventId('registry.models.v1', 'other', 3),
      controlEventId('registry.releases.v1', 'delay', 3),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});
