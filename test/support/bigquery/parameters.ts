import { z } from 'zod';
import { invalid } from './api-error.ts';
import { legacyName, literal, scalarType } from './schema.ts';
import type { Parameters } from './translate.ts';

/** The client sends numbers and booleans as they are, where the API says text. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String).nullish();
const parameterBody = z.object({
  name: z.string().optional(),
  parameterType: z.object({ type: z.string(), arrayType: z.object({ type: z.string() }).optional() }),
  parameterValue: z.object({
    value: scalar,
    arrayValues: z.array(z.object({ value: scalar })).optional(),
  }),
});
export const parametersBody = z.array(parameterBody).default([]);

/** Named parameters as literals. Those of the type STRUCT and positional ones are not understood. */
export function parametersOf(bodies: z.infer<typeof parametersBody>): Parameters {
  return new Map(
    bodies.map(({ name, parameterType: { type, arrayType }, parameterValue: { value, arrayValues } }) => {
      if (name === undefined) throw invalid('The fake takes named parameters only.');
      if (type === 'STRUCT') throw invalid('The fake takes no STRUCT parameters.');
      if (type !== 'ARRAY') return [name.toLowerCase(), `(${castTo(type, value)})`];
      const item = arrayType?.type ?? 'STRING';
      const items = (arrayValues ?? []).map((one) => castTo(item, one.value));
      return [name.toLowerCase(), `CAST([${items.join(', ')}] AS ${scalarType(legacyName(item))}[])`];
    }),
  );
}

function castTo(type: string, value: string | null | undefined): string {
  const text = value === null || value === undefined ? 'NULL' : literal(value);
  return `CAST(${text} AS ${scalarType(legacyName(type))})`;
}
