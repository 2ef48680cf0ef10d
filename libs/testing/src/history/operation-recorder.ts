import type { Operation, Position } from './history';

/** Open end of one send; call exactly one of them. An operation that never ends counts as `info`. */
export interface OpenOperation {
  ok(position: Position): void;
  /** Only when it certainly was not done. A time-out or a lost connection is `info`. */
  fail(): void;
  info(): void;
}

/** Writes down what clients did, in one order over all of them. */
export class OperationRecorder {
  private order = 0;
  private readonly list: { -readonly [K in keyof Operation]: Operation[K] }[] = [];

  invoke(what: Pick<Operation, 'process' | 'topic' | 'recordId' | 'digest'>): OpenOperation {
    const operation: (typeof this.list)[number] = { ...what, invoked: ++this.order, completed: null, outcome: 'info' };
    this.list.push(operation);
    const complete = (outcome: Operation['outcome'], position?: Position) => {
      if (operation.completed !== null) throw new Error(`${what.recordId} has ended already, as ${operation.outcome}.`);
      Object.assign(operation, { outcome, completed: ++this.order, position });
    };
    return {
      ok: (position) => complete('ok', position),
      fail: () => complete('fail'),
      info: () => complete('info'),
    };
  }

  get operations(): readonly Operation[] {
    return this.list;
  }
}
