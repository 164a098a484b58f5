import { Fault, InputFault, messageOf } from '../core/fault.ts';

/** What is wrong with a list is the user's to mend, and says its place; anything else is thrown as it was. */
export function rethrownAsInput(thrown: unknown): never {
  throw isListFault(thrown)
    ? new InputFault([messageOf(thrown)], { cause: thrown, place: 'audience' })
    : thrown;
}

export function isListFault(thrown: unknown): thrown is Fault {
  return thrown instanceof Fault && thrown.code.startsWith('AUDIENCE_');
}
