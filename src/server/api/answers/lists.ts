import { z } from 'zod';
import type { ListDesk } from '../../../desk/desk.ts';
import { answer, type Given } from './answer.ts';
import { count, listOf, text, time } from './common.ts';

export const storedList = answer<Given<ListDesk['put']>>()(
  z.object({
    name: text,
    path: text.meta({ description: "Absolute, for a campaign's `audience.path`" }),
    kind: z.enum(['csv', 'ndjson']),
    bytes: count,
    at: time,
    isNew: z.boolean().meta({ description: 'False where it was there already, byte for byte' }),
  }),
).meta({ id: 'StoredList' });

export const storedLists = listOf(storedList, 'StoredLists');
