import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { configureHttp } from './configure-http';
import { gatewayFlow } from './gateway.flow';
import { GatewayModule } from './gateway.module';
import { gatewaySettings } from './gateway.settings';
import { GatewayTables1764000000000 } from './persistence/migrations/1-gateway-tables';

void bootstrapService({
  name: 'gateway',
  module: GatewayModule,
  settings: gatewaySettings,
  flow: gatewayFlow,
  migrations: [BaseTables1700000000000, GatewayTables1764000000000],
  http: { port: (settings) => settings.MILLRACE_GATEWAY_PORT, configure: configureHttp },
});
