import { SETTINGS } from '@millrace/service';
import type { Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { GatewaySettings } from '../gateway.settings';
import { AccessGuard } from './access.guard';
import { ApiKeys } from './api-keys';

export const identityProviders: Provider[] = [
  {
    provide: ApiKeys,
    useFactory: (settings: GatewaySettings) => ApiKeys.fromFile(settings.MILLRACE_API_KEYS),
    inject: [SETTINGS],
  },
  { provide: APP_GUARD, useClass: AccessGuard },
];
