import path from 'node:path';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import { DirectEvents, TrustedKeys } from '@millrace/messaging';
import { DatabaseListener, Idempotency, UnitOfWork } from '@millrace/persistence';
import { CLOCK, IDS, LOGGER, SETTINGS } from '@millrace/service';
import type { Provider } from '@nestjs/common';
import type { GatewaySettings } from '../gateway.settings';
import { loadCommandSigner } from '../identity/command-signer';
import { CommandLog } from '../persistence/command-log';
import { AnsweredCommands } from './answered-commands';
import { SendCommand } from './send-command';

const DEFAULT_KEYS = '.millrace/keys';

export const commandProviders: Provider[] = [
  CommandLog,
  { provide: Idempotency, useFactory: (unitOfWork: UnitOfWork) => new Idempotency(unitOfWork), inject: [UnitOfWork] },
  {
    provide: AnsweredCommands,
    useFactory: (listener: DatabaseListener) => new AnsweredCommands(listener),
    inject: [DatabaseListener],
  },
  {
    provide: SendCommand,
    useFactory: async (
      settings: GatewaySettings,
      trusted: TrustedKeys,
      idempotency: Idempotency,
      directEvents: DirectEvents,
      ids: Ids,
      clock: Clock,
      logger: Logger,
    ) => {
      const file = path.join(settings.MILLRACE_KEYS ?? DEFAULT_KEYS, 'gateway.private.pem');
      const signer = await loadCommandSigner(file, settings.MILLRACE_GATEWAY_KEY_ID, trusted);
      return new SendCommand({ idempotency, directEvents, signer, ids, clock, logger });
    },
    inject: [SETTINGS, TrustedKeys, Idempotency, DirectEvents, IDS, CLOCK, LOGGER],
  },
];
