import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** The only reader of the gateway's environment. */
export const gatewaySettings = defineSettings({
  MILLRACE_GATEWAY_PORT: {
    schema: port,
    default: 8080,
    doc: 'Port of the page, the API and the Open Inference Protocol.',
  },
  MILLRACE_API_KEYS: {
    schema: z.string(),
    default: '.millrace/keys/api-keys.json',
    doc: 'File with the actors: SHA-256 of their API keys, and their roles.',
  },
  MILLRACE_GATEWAY_KEY_ID: {
    schema: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
    default: 'gateway-1',
    doc: 'Name in trusted-keys.json of the key that signs commands, <MILLRACE_KEYS>/gateway.private.pem.',
  },
  MILLRACE_INFER_DEADLINE: {
    schema: z.coerce.number().int().min(10).max(60_000),
    default: 5_000,
    unit: 'ms',
    doc: 'How long a call to infer waits for its responses when it names no timeout_ms; then it is answered 504.',
  },
  MILLRACE_ARTIFACT_MAX_BYTES: {
    schema: z.coerce.number().int().positive(),
    default: 536_870_912,
    unit: 'bytes',
    doc: 'Largest file that may be put into the artifact store through the gateway.',
  },
});

/** With the common setting that tells where the signing key lies. */
export type GatewaySettings = ValuesOf<typeof gatewaySettings> & { readonly MILLRACE_KEYS?: string };
