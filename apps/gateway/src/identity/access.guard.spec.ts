import { createHash } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessGuard, Allow } from './access.guard';
import { ApiKeys } from './api-keys';

class Doors {
  @Allow('anyone')
  open(): void {}

  @Allow('viewer', 'caller')
  shown(): void {}

  closed(): void {}
}

const ROLES = ['admin', 'caller', 'viewer'] as const;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const keys = ROLES.map((role) => ({ actor: role, keySha256: sha256(`key of ${role}`), roles: [role] }));
const guard = new AccessGuard(new Reflector(), ApiKeys.parse(JSON.stringify({ keys })));

function ask(handler: keyof Doors, authorization?: string) {
  const request = { headers: authorization === undefined ? {} : { authorization } };
  const context = {
    getType: () => 'http',
    getHandler: () => Doors.prototype[handler],
    getClass: () => Doors,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  try {
    guard.canActivate(context);
    return { status: 200, request };
  } catch (error) {
    return { status: (error as { status: number }).status, request };
  }
}

describe('gateway > identity > AccessGuard', () => {
  it('lets anyone through an open route', () => {
    expect(ask('open').status).toBe(200);
  });

  it('closes a route without Allow to everybody', () => {
    for (const role of ROLES) expect(ask('closed', `Bearer key of ${role}`).status).toBe(403);
    expect(ask('closed').status).toBe(403);
  });

  it('lets only the named roles through', () => {
    const statuses = ROLES.map((role) => ask('shown', `Bearer key of ${role}`).status);
    expect(statuses).toEqual([403, 200, 200]);
  });

  it('tells the handler who calls', () => {
    expect(ask('shown', 'Bearer key of viewer').request).toMatchObject({
      actor: { name: 'viewer', roles: ['viewer'] },
    });
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'bearer key of viewer', 'Basic key of viewer', 'Bearer key of nobody'])(
    'knows nobody by %j',
    (authorization) => {
      expect(ask('shown', authorization).status).toBe(401);
    },
  );
});
