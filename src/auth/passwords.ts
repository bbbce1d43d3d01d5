import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import argon2 from 'argon2';
import { LetheError } from '../errors/lethe-error.js';

/** RFC 9106, second recommended option: 64 MiB, three passes; one lane, because many people log in at once. */
const cost = { type: argon2.argon2id, memoryCost: 64 * 1024, timeCost: 3, parallelism: 1 } as const;

/** Half of Node's default thread pool: logins must not stand in front of every file read and key check. */
const AT_ONCE = 2;

/** A few seconds of work. Whoever would wait longer is better told to come back. */
const MOST_WAITING = 32;

/** Stands in for an account that does not exist: verifying against it costs the same and never succeeds. */
const nobody = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${phc(16)}$${phc(32)}`;

function phc(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}

/** Argon2id, a few at a time. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  hash(password: string): Promise<string> {
    return this.inTurn(() => argon2.hash(sameSpelling(password), cost));
  }

  /** Without a hash (nobody of that name) the answer is no, after the same work. */
  verify(password: string, hash: string | undefined): Promise<boolean> {
    return this.inTurn(() => argon2.verify(hash ?? nobody, sameSpelling(password)));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < AT_ONCE) this.running += 1;
    else if (this.waiting.length >= MOST_WAITING) throw overloaded();
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn is handed over, not given back: nobody who comes just now overtakes those who wait.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}

/** "é" is one character on one keyboard and two on another. */
const sameSpelling = (password: string) => password.normalize('NFC');

const overloaded = () =>
  new LetheError('UNAVAILABLE', 'Too many people are logging in. Try again.', { reason: 'OVERLOADED' });
