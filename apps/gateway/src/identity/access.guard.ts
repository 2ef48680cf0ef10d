import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Problem } from '../doors/problem';
import { type Actor, ApiKeys, type Role } from './api-keys';

const ACCESS = 'millrace:access';

type Access = readonly (Role | 'anyone')[];

/** Who may call a route. A route without it is closed to everybody. */
export const Allow = (...roles: Access) => SetMetadata(ACCESS, roles);

/** What `Allow` says of a handler; undefined without it. */
export const allowedAt = (handler: Function): Access | undefined => Reflect.getMetadata(ACCESS, handler);

export type AuthenticatedRequest = Request & { actor: Actor };

/** Deny by default: the key in `Authorization: Bearer` names the actor, the route names the roles. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    // Facts come from the log, not through the door.
    if (context.getType() === 'rpc') return true;
    // Nest asks this guard for handlers of the log too, where no caller stands at a door.
    if (context.getType() !== 'http') return true;
    const allowed = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!allowed) throw new Problem(403, 'FORBIDDEN', 'This route is closed.');
    if (allowed.includes('anyone')) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const actor = this.keys.actorOf(bearer(request));
    if (!actor)
      throw new Problem(
        401,
        'UNAUTHENTICATED',
        'Send an API key: Authorization: Bearer <key>. npm start made one in .millrace/keys/cli.key.',
      );
    if (!actor.roles.some((role) => allowed.includes(role)))
      throw new Problem(
        403,
        'FORBIDDEN',
        `${actor.name} may not do this: it takes one of the roles ${allowed.join(', ')}.`,
      );
    request.actor = actor;
    return true;
  }
}

function bearer(request: Request): string {
  const header = request.headers.authorization ?? '';
  return header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
}
