// Graphs as bytes, because only libs/onnx builds them and one passes no gate: two inputs, x: float [N, 1] and colour:
// string [N, 1] (not used), and one output, y: float [N, 1].

/** y = 7.5 x. */
export const goodModel = (): Buffer =>
  Buffer.from(
    'CAg6bAoQCgF4CgFrEgF5IgNNdWw6ABIBZyoOCgEBEAEiBAAA8EBCAWtaFAoBeBIPCg0IARIJCgMSAU4KAggBWhkKBmNvbG91chIPCg0ICBIJCgMSAU4KAggBYhQKAXkSDwoNCAESCQoDEgFOCgIIAUIECgAQEUIOCgphaS5vbm54Lm1sEAM=',
    'base64',
  );

/** y = x, after as many rounds of a Loop as the largest x says. */
export const loopingModel = (): Buffer =>
  Buffer.from(
    'CAg6ygIKJgoBeBIDdG9wIglSZWR1Y2VNYXgqDwoIa2VlcGRpbXMYAKABAjoAChsKA3RvcBIBbSIEQ2FzdCoJCgJ0bxgHoAECOgAKqwEKAW0KBHRydWUKAXgSAXkiBExvb3AqkQEKBGJvZHkyhQEKFAoCZ28SAm9uIghJZGVudGl0eToAChIKAWESAWIiCElkZW50aXR5OgASBGJvZHlaCwoBaRIGCgQIBxIAWgwKAmdvEgYKBAgJEgBaFAoBYRIPCg0IARIJCgMSAU4KAggBYgwKAm9uEgYKBAgJEgBiFAoBYhIPCg0IARIJCgMSAU4KAggBoAEFOgASAWcqCxAJKgEBQgR0cnVlWhQKAXgSDwoNCAESCQoDEgFOCgIIAVoZCgZjb2xvdXISDwoNCAgSCQoDEgFOCgIIAWIUCgF5Eg8KDQgBEgkKAxIBTgoCCAFCBAoAEBFCDgoKYWkub25ueC5tbBAD',
    'base64',
  );
