import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '@millrace/contracts';
import { z } from 'zod';

/** Who calls, as the local key file says. */
export interface Actor {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** `admin` may do everything, `approver` may read and decide about releases, `caller` may read and infer, `viewer` may read. */
export const ROLES = ['admin', 'approver', 'caller', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

const keyFile = z.object({
  keys: z.array(
    z.object({
      actor: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
      keySha256: z.string().regex(/^[0-9a-f]{64}$/),
      roles: z.array(z.enum(ROLES)),
    }),
  ),
});

/**
 * The actors of a key file. The file holds only SHA-256 sums of keys; keys are random and long, so a plain hash is
 * enough and a slow one would only cost time per call.
 */
export class ApiKeys {
  private constructor(private readonly entries: readonly { readonly sum: Buffer; readonly actor: Actor }[]) {}

  /** @throws AppError API_KEYS_UNUSABLE naming the file, never its content. */
  static async fromFile(file: string): Promise<ApiKeys> {
    try {
      return ApiKeys.parse(await readFile(file, 'utf8'));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as NodeJS.ErrnoException).code;
      throw new AppError({
        code: 'API_KEYS_UNUSABLE',
        message: `The API keys in ${file} (MILLRACE_API_KEYS) cannot be used: ${why ?? 'it is no JSON'}. npm start makes this file.`,
        retriable: false,
      });
    }
  }

  /** @throws ZodError when the file has another shape. */
  static parse(json: string): ApiKeys {
    const { keys } = keyFile.parse(JSON.parse(json));
    return new ApiKeys(
      keys.map((key) => ({ sum: Buffer.from(key.keySha256, 'hex'), actor: { name: key.actor, roles: key.roles } })),
    );
  }

  actorOf(key: string): Actor | null {
    const sum = createHash('sha256').update(key).digest();
    // Every entry is compared, so that the time taken does not tell which one fits.
    let found: Actor | null = null;
    for (const entry of this.entries) if (timingSafeEqual(entry.sum, sum)) found = entry.actor;
    return found;
  }
}
