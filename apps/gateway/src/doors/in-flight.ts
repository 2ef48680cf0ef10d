import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { unavailable } from './problem';

/** Knows which requests are being answered, so that a stop can wait for them. */
@Injectable()
export class InFlight {
  private open = 0;
  private draining = false;
  private onEmpty: () => void = () => {};

  /** While draining, callers on connections that stay open are sent elsewhere. */
  readonly middleware = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.draining) {
      response.setHeader('connection', 'close');
      next(unavailable('STOPPING', 'This gateway is stopping. Try again in a few seconds.'));
      return;
    }
    this.open++;
    response.once('close', () => {
      this.open--;
      if (this.open === 0) this.onEmpty();
    });
    next();
  };

  /** Takes no more requests, and resolves when those in hand are answered or the time is over. */
  async drain(limitMs: number): Promise<void> {
    this.draining = true;
    if (this.open === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
