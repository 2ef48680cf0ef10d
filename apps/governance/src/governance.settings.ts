import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';

/** What governance demands is data, on its own topics; here is only what the ledger needs. */
export const governanceSettings = defineSettings({
  MILLRACE_LEDGER_KEY_ID: {
    schema: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
    default: 'governance-1',
    doc: 'Name in trusted-keys.json of the first key that signs tree heads, <MILLRACE_KEYS>/governance.private.pem; its successors count on.',
  },
});

/** With the common setting that tells where the signing keys lie. */
export type GovernanceSettings = ValuesOf<typeof governanceSettings> & { readonly MILLRACE_KEYS?: string };
