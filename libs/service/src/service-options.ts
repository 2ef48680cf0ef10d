import type { Service } from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';
import type { INestApplication, Type } from '@nestjs/common';
import type { SettingDefinitions, Settings, SettingValues } from './settings/define-settings';

export interface HttpOptions<V> {
  /** Port of the door; 0 takes a free one and logs it. */
  readonly port: (settings: V) => number;
  /** Address to listen on; MILLRACE_BIND_ADDRESS by default. */
  readonly host?: (settings: V) => string;
  /** Before the application starts: body limits, prefixes, OpenAPI. */
  readonly configure?: (application: INestApplication, settings: V) => void | Promise<void>;
}

export interface ServiceOptions<D extends SettingDefinitions = SettingDefinitions> {
  readonly name: Service | 'schema-registry';
  /** Wiring of the service; the PlatformModule is global beside it. */
  readonly module: Type;
  /** The service's own settings; the values are injected by the token SETTINGS. */
  readonly settings?: Settings<D>;
  /** What it consumes and emits; without one the process has no Kafka transport. */
  readonly flow?: Flow;
  /** A service with migrations has a database. */
  readonly migrations?: Function[];
  readonly entities?: Function[];
  /** A service with a door of its own beside the health pages. */
  readonly http?: HttpOptions<SettingValues<D>>;
}
