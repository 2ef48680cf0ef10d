import type { AddressInfo } from 'node:net';
import { AppError } from '@millrace/contracts';
import { loadTransport, type MillraceStrategy, type RebuildStrategy, type StrategyOptions } from '@millrace/messaging';
import { type INestApplication, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestMicroservice } from '@nestjs/microservices';
import { NestLogger } from './logging/nest-logger';
import type { Platform } from './platform/platform';
import { PlatformModule } from './platform/platform.module';
import type { HttpOptions, ServiceOptions } from './service-options';

const TRANSPORT = loadTransport();

/** Handlers in hand are given this time to end. */
const DRAIN_LIMIT_MS = 20_000;

/**
 * Starts the Nest application of a service: a microservice on the log, an HTTP door, or both. When it resolves, handlers
 * receive records and the door is open.
 */
export async function startNest(platform: Platform, options: ServiceOptions): Promise<INestApplicationContext> {
  @Module({ imports: [PlatformModule.of(platform), options.module] })
  class ServiceModule {}

  const nest = { logger: new NestLogger(platform.logger), abortOnError: false };
  const strategy = options.flow && strategyOf(platform, options);
  if (options.http) {
    const application = await NestFactory.create(ServiceModule, { ...nest, forceCloseConnections: true });
    closeLater(platform, application);
    await options.http.configure?.(application, platform.settings);
    if (strategy) {
      connectLog(application, strategy);
      await application.init();
      await application.startAllMicroservices();
    }
    await openDoor(platform, application, options.http);
    return application;
  }
  if (strategy) {
    const application = await NestFactory.createMicroservice(ServiceModule, { ...nest, strategy });
    closeLater(platform, application);
    application.useGlobalFilters(new TRANSPORT.RethrowFilter());
    await application.listen();
    return application;
  }
  const application = await NestFactory.createApplicationContext(ServiceModule, nest);
  closeLater(platform, application);
  return application;
}

/**
 * The application of a service with everything injected and nothing started: no hook of its modules is called, no group is joined,
 * no door is opened. Its handlers and folds work on the tables that the platform names.
 */
export async function prepareNest(
  platform: Platform,
  options: ServiceOptions,
): Promise<{ readonly application: INestApplicationContext; readonly strategy: RebuildStrategy | null }> {
  @Module({ imports: [PlatformModule.of(platform), options.module] })
  class ServiceModule {}

  const nest = { logger: new NestLogger(platform.logger), abortOnError: false };
  const application = await NestFactory.create(ServiceModule, nest);
  if (!options.flow) return { application, strategy: null };
  const strategy = new TRANSPORT.RebuildStrategy(strategyOptions(platform, options.flow));
  connectLog(application, strategy);
  await application.startAllMicroservices();
  return { application, strategy };
}

function strategyOf(platform: Platform, { flow }: ServiceOptions): MillraceStrategy {
  if (!flow) throw new Error('A strategy needs a flow.');
  const strategy = new TRANSPORT.MillraceStrategy(strategyOptions(platform, flow));
  platform.health.report('transport', () => strategy.reasons());
  return strategy;
}

function strategyOptions(platform: Platform, flow: NonNullable<ServiceOptions['flow']>): StrategyOptions {
  const { kafka, schemas, directEvents, trustedKeys, lifecycle, clock, logger, database } = platform;
  return {
    flow,
    client: kafka,
    schemas,
    directEvents,
    trustedKeys,
    lifecycle,
    now: () => clock.now(),
    logger: logger.child({ part: 'transport' }),
    ...(database ? { database } : {}),
  };
}

/**
 * The transport beside a door. Nest binds handlers at once unless told to wait, and then the filter that lets their errors
 * pass would come too late; the modules' hooks are the door's to call.
 */
function connectLog(application: INestApplication, strategy: MillraceStrategy): void {
  const log = application.connectMicroservice({ strategy }, { deferInitialization: true }) as NestMicroservice;
  log.useGlobalFilters(new TRANSPORT.RethrowFilter());
  log.setIsInitHookCalled(true);
}

/** Nest stops the service's own workers first (onModuleDestroy), then the transport: drain, commit, leave the group. */
function closeLater(platform: Platform, application: INestApplicationContext): void {
  platform.shutdown.opened('application', () => application.close(), DRAIN_LIMIT_MS);
}

async function openDoor(
  { settings, logger }: Platform,
  application: INestApplication,
  { port, host }: HttpOptions<Record<string, unknown>>,
): Promise<void> {
  const wanted = { port: port(settings), host: host?.(settings) ?? String(settings.MILLRACE_BIND_ADDRESS) };
  try {
    await application.listen(wanted.port, wanted.host);
  } catch (cause) {
    throw new AppError({
      code: 'PORT_TAKEN',
      message: `The door cannot listen on ${wanted.host}:${wanted.port} (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}). Choose another port, or stop what uses it.`,
      retriable: false,
      cause,
    });
  }
  const address = application.getHttpServer().address() as AddressInfo;
  logger.info({ host: wanted.host, port: address.port }, 'The door is open');
}
