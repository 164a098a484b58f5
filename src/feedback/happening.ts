import { z } from 'zod';
import type { Happening } from './event.ts';
import { text, time } from './shape.ts';

interface DatedHappening {
  readonly happened: Happening;
  /** Milliseconds since 1970; null where SES gives no time but the mail's. */
  readonly atMs: number | null;
}

/** How to read the part of an event that is its type's own; undefined where the type is not known. */
export function happeningShape(type: string): z.ZodType<DatedHappening> | undefined {
  return Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined;
}

/** One mail has one recipient, so the first is all of them. */
const recipients = z
  .array(z.object({ status: text, diagnosticCode: text }))
  .nullish()
  .transform((all) => {
    const [first] = all ?? [];
    return { status: first?.status ?? null, diagnostic: first?.diagnosticCode ?? null };
  });

/** By SES's name of the type ("Contents of event data that Amazon SES publishes to Amazon SNS"). */
const SHAPES: Readonly<Record<string, z.ZodType<DatedHappening>>> = {
  Send: z.object({}).transform(() => undated({ type: 'send' })),

  Delivery: z
    .object({
      delivery: z.object({
        timestamp: time,
        smtpResponse: text,
        processingTimeMillis: z.number().nullish(),
      }),
    })
    .transform(({ delivery: { timestamp, smtpResponse, processingTimeMillis } }) =>
      dated(timestamp, { type: 'delivery', smtpResponse, processingMs: processingTimeMillis ?? null }),
    ),

  DeliveryDelay: z
    .object({
      deliveryDelay: z.object({
        timestamp: time,
        delayType: text,
        expirationTime: text,
        delayedRecipients: recipients,
      }),
    })
    .transform(({ deliveryDelay: { timestamp, delayType, expirationTime, delayedRecipients } }) =>
      dated(timestamp, {
        type: 'delivery_delay',
        delayType,
        expiresAt: expirationTime,
        ...delayedRecipients,
      }),
    ),

  Bounce: z
    .object({
      bounce: z.object({
        timestamp: time,
        bounceType: z.string(),
        bounceSubType: z.string(),
        feedbackId: z.string(),
        bouncedRecipients: recipients,
      }),
    })
    .transform(({ bounce: { timestamp, bouncedRecipients, ...said } }) =>
      dated(timestamp, {
        type: 'bounce',
        isHard: said.bounceType === 'Permanent',
        ...said,
        ...bouncedRecipients,
      }),
    ),

  Complaint: z
    .object({
      complaint: z.object({
        timestamp: time,
        feedbackId: z.string(),
        complaintFeedbackType: text,
        complaintSubType: text,
        userAgent: text,
      }),
    })
    .transform(
      ({ complaint: { timestamp, feedbackId, complaintFeedbackType, complaintSubType, userAgent } }) =>
        dated(timestamp, {
          type: 'complaint',
          feedbackId,
          complaintType: complaintFeedbackType ?? complaintSubType,
          userAgent,
        }),
    ),

  Reject: z
    .object({ reject: z.object({ reason: text }) })
    .transform(({ reject }) => undated({ type: 'reject', ...reject })),

  'Rendering Failure': z
    .object({ failure: z.object({ errorMessage: text, templateName: text }) })
    .transform(({ failure: { errorMessage, templateName } }) =>
      undated({ type: 'rendering_failure', error: errorMessage, template: templateName }),
    ),

  Open: z
    .object({ open: z.object({ timestamp: time, userAgent: text }) })
    .transform(({ open: { timestamp, userAgent } }) => dated(timestamp, { type: 'open', userAgent })),

  Click: z
    .object({ click: z.object({ timestamp: time, userAgent: text, link: z.string() }) })
    .transform(({ click: { timestamp, ...said } }) => dated(timestamp, { type: 'click', ...said })),

  Subscription: z
    .object({ subscription: z.object({ timestamp: time, source: text, contactList: text }) })
    .transform(({ subscription: { timestamp, ...said } }) =>
      dated(timestamp, { type: 'subscription', ...said }),
    ),
};

function dated(atMs: number, happened: Happening): DatedHappening {
  return { happened, atMs };
}

function undated(happened: Happening): DatedHappening {
  return { happened, atMs: null };
}
