import { Fault } from '../core/fault.ts';

/** A file, or what is in it, that is not taken. The message is a clause in plain English that fits behind the file's name. */
export class Refusal extends Fault {
  constructor(why: string, options?: { cause?: unknown }) {
    super('DMARC_REFUSED', why, options);
    this.name = 'Refusal';
  }
}
