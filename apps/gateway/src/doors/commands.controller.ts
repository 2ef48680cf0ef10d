import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { AnsweredCommands } from '../commands/answered-commands';
import { checkCarriable } from '../commands/carriable';
import { COMMANDS, type CommandDefinition, commandNamed } from '../commands/command-table';
import { type CommandReceipt, SendCommand } from '../commands/send-command';
import { Allow, type AuthenticatedRequest } from '../identity/access.guard';
import type { Actor, Role } from '../identity/api-keys';
import { CommandLog } from '../persistence/command-log';
import { ViewStore } from '../persistence/view-store';
import { Describe } from './described';
import { bodyOf, idempotencyKeyOf, queryOf } from './parse';
import { notFound, Problem } from './problem';

const waitQuery = z.object({ waitMs: z.coerce.number().int().min(0).max(30_000).default(0) });

/** Commands change something; their owner answers them by a fact, which shows here. */
@Controller('api/v1/commands')
export class CommandsController {
  constructor(
    private readonly sender: SendCommand,
    private readonly answered: AnsweredCommands,
    private readonly log: CommandLog,
    private readonly views: ViewStore,
  ) {}

  @Post(':name')
  @HttpCode(202)
  @Allow('admin', 'approver')
  @Describe({
    summary: 'Send a command',
    idempotent: true,
    answers: { 202: 'On its way: ask GET /api/v1/commands/{commandId} what became of it' },
  })
  async send(@Param('name') name: string, @Req() request: Request): Promise<CommandReceipt> {
    const definition = commandNamed(name);
    if (!definition)
      throw notFound(
        'command',
        name,
        COMMANDS.map((one) => one.name),
      );
    const { actor } = request as AuthenticatedRequest;
    mustBeAllowed(actor, definition);
    const body = { ...bodyOf(request, definition.body), ...definition.said(actor) };
    checkCarriable(body);
    return this.sender.send({ definition, body, actor: actor.name, idempotencyKey: idempotencyKeyOf(request) });
  }

  @Get(':commandId')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({
    summary: 'What became of a command',
    query: { waitMs: 'Wait so long for the answer, 0 to 30,000 ms' },
    answers: { 200: 'status is PENDING, DONE or REFUSED (with reasonCode and reason)' },
  })
  async outcome(@Param('commandId') commandId: string, @Req() request: Request): Promise<Record<string, unknown>> {
    const { waitMs } = queryOf(request, waitQuery);
    const answer = await this.answered.until(commandId, waitMs, () => this.views.find('command', commandId));
    const accepted = await this.log.accepted(commandId);
    if (!answer && !accepted) throw notFound('command', commandId);
    return { ...accepted, commandId, ...(answer ?? { status: 'PENDING' }) };
  }
}

/** The route is open to whoever may send any command; each command to its own. */
function mustBeAllowed(actor: Actor, { name, roles }: CommandDefinition): void {
  const allowed: readonly Role[] = ['admin', ...roles];
  if (actor.roles.some((role) => allowed.includes(role))) return;
  throw new Problem(
    403,
    'FORBIDDEN',
    `${actor.name} may not send ${name}: it takes one of the roles ${allowed.join(', ')}.`,
  );
}
