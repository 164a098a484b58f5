import { z } from 'zod';
import type { Problem } from '../../problem.ts';
import { answer } from './answer.ts';
import { text } from './common.ts';

export const problem = answer<Problem>()(
  z.object({
    title: text,
    status: z.number(),
    detail: text.exactOptional(),
    errors: z
      .array(
        z.object({
          path: text.meta({
            description: 'Such as audience.recipients[3].email; empty where it is the whole',
          }),
          detail: text,
        }),
      )
      .exactOptional(),
  }),
).meta({ id: 'Problem', description: 'What went wrong (RFC 9457); the type is about:blank' });
