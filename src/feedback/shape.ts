import { z } from 'zod';

/*
 * What surrounds an event, as far as it is read. Fields that are not named are ignored; those that are not always there
 * may be null as well.
 */

/** Text that may be missing. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** ISO 8601 with its zone, to milliseconds since 1970. */
export const time = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));

/** What SNS makes of a message, where raw message delivery is off. */
export const envelopeShape = z.object({ Type: z.string(), Message: z.string() });

/** `eventType` where a configuration set publishes events, `notificationType` where an identity does. */
export const eventShape = z.object({
  eventType: z.string().optional(),
  notificationType: z.string().optional(),
  mail: z.unknown().optional(),
});

export const mailShape = z.object({
  timestamp: time,
  source: text,
  messageId: z.string().min(1).max(256),
  destination: z.array(z.string()).min(1),
  // Notifications of an identity have none.
  tags: z
    .record(z.string(), z.array(z.string()))
    .nullish()
    .transform((value) => value ?? {}),
});
