import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CliError, EXIT } from '../terminal/cli-error';

/** Where the platform is. Flags win over the environment, the environment over `.millrace/platform.json`. */
export interface Platform {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly schemaRegistryUrl: string;
  /** Empty when only the broker is known: enough for what reads topics. */
  readonly gatewayUrl: string;
  readonly apiKey: string;
  /** Folder of the key files that npm start made; empty when it is not known. */
  readonly keys: string;
  /** Folder of the artifact store; empty when it is not known. */
  readonly artifacts: string;
  /** Folder of the installation that runs on this machine; empty when none is known. */
  readonly home: string;
  /** File of trusted keys; empty when it is not known. */
  readonly trustedKeys: string;
}

interface PlatformFile {
  brokers?: string;
  prefix?: string;
  schemaRegistryUrl?: string;
  gatewayUrl?: string;
  apiKeyFile?: string;
  artifacts?: string;
  trustedKeys?: string;
}

const FILE = path.join('.millrace', 'platform.json');

export function findPlatform(environment: NodeJS.ProcessEnv = process.env, from = process.cwd()): Platform {
  const file = environment.MILLRACE_PLATFORM ?? lookUpwards(from);
  const known: PlatformFile = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const gatewayUrl = environment.MILLRACE_GATEWAY_URL ?? known.gatewayUrl;
  const brokers = environment.KAFKA_BROKERS ?? known.brokers ?? '';
  if (!gatewayUrl && !brokers)
    throw new CliError(
      'No platform found: there is no .millrace/platform.json here or above. Start one with npm start, or set MILLRACE_GATEWAY_URL, MILLRACE_API_KEY, KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
      EXIT.usage,
    );
  return {
    brokers: brokers.split(',').filter(Boolean),
    prefix: environment.MILLRACE_PREFIX ?? known.prefix ?? '',
    schemaRegistryUrl: environment.SCHEMA_REGISTRY_URL ?? known.schemaRegistryUrl ?? '',
    gatewayUrl: (gatewayUrl ?? '').replace(/\/$/, ''),
    apiKey: environment.MILLRACE_API_KEY ?? readKey(known.apiKeyFile, file),
    keys: known.apiKeyFile ? path.dirname(keyFileAt(known.apiKeyFile, file)) : '',
    artifacts: environment.MILLRACE_ARTIFACTS ?? known.artifacts ?? '',
    home: file && existsSync(file) ? path.dirname(path.resolve(file)) : '',
    trustedKeys: environment.MILLRACE_TRUSTED_KEYS ?? known.trustedKeys ?? '',
  };
}

function lookUpwards(from: string): string | null {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, FILE))) return path.join(folder, FILE);
    if (folder === path.dirname(folder)) return null;
  }
}

function readKey(keyFile: string | undefined, platformFile: string | null): string {
  if (!keyFile) return '';
  const file = keyFileAt(keyFile, platformFile);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new CliError(
      `The API key file ${file} cannot be read: set MILLRACE_API_KEY, or run as the user that ran npm start.`,
      EXIT.usage,
    );
  }
}

const keyFileAt = (keyFile: string, platformFile: string | null): string =>
  path.resolve(platformFile ? path.dirname(path.dirname(platformFile)) : '.', keyFile);

/** The key of another actor of this installation: `<actor>.key` beside the command line's own. */
export function keyOf({ keys }: Platform, actor: string): string {
  if (keys === '')
    throw new CliError(`It is not known where the key of ${actor} lies: set MILLRACE_API_KEY instead.`, EXIT.usage);
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(actor)) throw new CliError(`"${actor}" is no name of an actor.`, EXIT.usage);
  return readKey(path.join(keys, `${actor}.key`), null);
}
