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

function schemaOf<T>(schema: unknown): z.ZodType<T> {
  if (!isSchema<T>(schema)) throw new TypeError('an answer is described by a schema of zod');
  return schema;
}

function isSchema<T>(value: unknown): value is z.ZodType<T> {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

/** Without what matters to no reader of JSON: `readonly`, and how a type is put together. */
type Plain<T> = T extends readonly []
  ? []
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Plain<T[Key]> }
      : T;

type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
