import { Controller, Get } from '@nestjs/common';

/** Clients and load balancers ask here whether a registry answers at all. */
@Controller()
export class RootController {
  @Get()
  root(): object {
    return {};
  }
}
