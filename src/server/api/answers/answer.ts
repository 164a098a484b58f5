import type { z } from 'zod';

/**
 * The schema of an answer, held against the type of what the desk gives: a field that one of them has and the other has not does not
 * compile. So nothing is dropped when an answer is written, and what OpenAPI says of it can't drift.
 */
export function answer<T>() {
  return <S extends z.ZodType<T>>(
    schema: Same<T, z.output<S>> extends true ? S : { readonly theyDiffer: Plain<T> },
  ): z.ZodType<T> => schemaOf<T>(schema);
}

/** What a method of the desk gives. */
export type Given<Method extends (...given: never) => Promise<unknown>> = Awaited<ReturnType<Method>>;

function schemaOf<T>(schema: unknown): z.ZodType<T> {
  if (!isSchema<T>(schema)) throw new TypeError('an answer is described by a schema of zod');
  return schema;
}

function isSchema<T>(value: unknown): value is z.ZodType<T> {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

/** Without what matters to no reader of JSON: `readonly`, and how a type is put together. What may be missing says so as a type. */
type Plain<T> = T extends readonly []
  ? []
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? {
          -readonly [Key in keyof T]-?: object extends Pick<T, Key>
            ? MaybeMissing<Plain<T[Key]>>
            : Plain<T[Key]>;
        }
      : T;

interface MaybeMissing<T> {
  readonly mayBeMissing: T;
}

type Same<A, B> = [Plain<A>, Plain<B>] extends [Plain<B>, Plain<A>] ? true : false;
