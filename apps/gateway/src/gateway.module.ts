import type { Logger } from '@millrace/contracts';
import { LOGGER } from '@millrace/service';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { commandProviders } from './commands/command.providers';
import { DOORS } from './doors/doors';
import { InFlight } from './doors/in-flight';
import { ProblemFilter } from './doors/problem.filter';
import { GatewayLife } from './gateway-life';
import { FoldFactsHandler } from './handlers/fold-facts.handler';
import { FollowEndpointsHandler } from './handlers/follow-endpoints.handler';
import { identityProviders } from './identity/identity.providers';
import { inferProviders } from './infer/infer.providers';
import { lagProviders } from './lag/lag.providers';
import { liveProviders } from './live/live.providers';
import { ViewStore } from './persistence/view-store';

@Module({
  controllers: [...DOORS, FoldFactsHandler, FollowEndpointsHandler],
  providers: [
    ViewStore,
    InFlight,
    { provide: APP_FILTER, useFactory: (logger: Logger) => new ProblemFilter(logger), inject: [LOGGER] },
    ...identityProviders,
    ...commandProviders,
    ...inferProviders,
    ...lagProviders,
    ...liveProviders,
    GatewayLife,
  ],
})
export class GatewayModule {}
