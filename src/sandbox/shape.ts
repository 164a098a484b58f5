import { z } from 'zod';
import { badRequest, type Checked } from './error.ts';

/*
 * The requests that the sandbox understands, as SES's API model has them. Fields it does not know are ignored,
 * as SES ignores them.
 */

const pair = z.object({ Name: z.string(), Value: z.string() });
const destination = z.object({
  ToAddresses: z.array(z.string()).optional(),
  CcAddresses: z.array(z.string()).optional(),
  BccAddresses: z.array(z.string()).optional(),
});
const content = z.object({
  Subject: z.string().optional(),
  Text: z.string().optional(),
  Html: z.string().optional(),
});
const template = z.object({
  TemplateName: z.string().optional(),
  TemplateArn: z.string().optional(),
  TemplateContent: content.optional(),
  TemplateData: z.string().optional(),
  Headers: z.array(pair).optional(),
  Attachments: z.array(z.unknown()).optional(),
});
const feature = z.enum(['ENABLED', 'DISABLED']).optional();
const overrides = z.object({
  Tracking: z.object({ OpenTrackingEnabled: feature, ClickTrackingEnabled: feature }).optional(),
});
const sender = {
  FromEmailAddress: z.string().optional(),
  ReplyToAddresses: z.array(z.string()).optional(),
  ConfigurationSetName: z.string().optional(),
  ConfigurationOverrides: overrides.optional(),
};

export const bulkShape = z.object({
  ...sender,
  DefaultEmailTags: z.array(pair).optional(),
  DefaultContent: z.object({ Template: template.optional() }),
  BulkEmailEntries: z.array(
    z.object({
      Destination: destination.optional(),
      ReplacementTags: z.array(pair).optional(),
      ReplacementEmailContent: z
        .object({
          ReplacementTemplate: z.object({ ReplacementTemplateData: z.string().optional() }).optional(),
        })
        .optional(),
      ReplacementHeaders: z.array(pair).optional(),
    }),
  ),
});

const text = z.object({ Data: z.string(), Charset: z.string().optional() });

export const emailShape = z.object({
  ...sender,
  Destination: destination.optional(),
  EmailTags: z.array(pair).optional(),
  Content: z.object({
    Simple: z
      .object({
        Subject: text.optional(),
        Body: z.object({ Text: text.optional(), Html: text.optional() }),
        Headers: z.array(pair).optional(),
        Attachments: z.array(z.unknown()).optional(),
      })
      .optional(),
    Raw: z.unknown().optional(),
    Template: template.optional(),
  }),
});

export const templateShape = z.object({ TemplateName: z.string(), TemplateContent: content });
const tlsPolicy = z.enum(['REQUIRE', 'OPTIONAL']);
const delivery = z.object({ TlsPolicy: tlsPolicy.optional(), SendingPoolName: z.string().nullish() });
export const configurationSetShape = z.object({
  ConfigurationSetName: z.string(),
  SendingOptions: z.object({ SendingEnabled: z.boolean().optional() }).optional(),
  DeliveryOptions: delivery.optional(),
});
export const deliveryShape = delivery;
export const suppressedShape = z.object({
  EmailAddress: z.string(),
  Reason: z.enum(['BOUNCE', 'COMPLAINT']),
});
export const sendingShape = z.object({ SendingEnabled: z.boolean().optional() });

const keyLength = z.enum(['RSA_1024_BIT', 'RSA_2048_BIT']);
const signing = z.object({
  DomainSigningSelector: z.string().optional(),
  DomainSigningPrivateKey: z.string().optional(),
  NextSigningKeyLength: keyLength.optional(),
});
export const identityShape = z.object({
  EmailIdentity: z.string(),
  DkimSigningAttributes: signing.optional(),
});
export const listIdentitiesShape = z.object({
  NextToken: z.string().nullish(),
  PageSize: z.number().nullish(),
});
export const mailFromShape = z.object({
  MailFromDomain: z.string().nullish(),
  BehaviorOnMxFailure: z.enum(['USE_DEFAULT_VALUE', 'REJECT_MESSAGE']).optional(),
});
export const dkimSigningShape = z.object({
  SigningAttributesOrigin: z.enum(['AWS_SES', 'EXTERNAL']),
  SigningAttributes: signing.optional(),
});
const eventTypes = z.array(
  z.enum([
    'SEND',
    'REJECT',
    'BOUNCE',
    'COMPLAINT',
    'DELIVERY',
    'OPEN',
    'CLICK',
    'RENDERING_FAILURE',
    'DELIVERY_DELAY',
    'SUBSCRIPTION',
  ]),
);
/** Of the places SES has, what they are is kept as it is told. */
const place = z.looseObject({}).optional();
const destinationDefinition = z.object({
  Enabled: z.boolean().optional(),
  MatchingEventTypes: eventTypes.optional(),
  SnsDestination: z.object({ TopicArn: z.string() }).optional(),
  KinesisFirehoseDestination: place,
  CloudWatchDestination: place,
  PinpointDestination: place,
  EventBridgeDestination: place,
});
export const destinationShape = z.object({
  EventDestinationName: z.string(),
  EventDestination: destinationDefinition,
});
export const destinationUpdateShape = z.object({ EventDestination: destinationDefinition });

export type DestinationDefinition = z.infer<typeof destinationDefinition>;
export type Overrides = z.infer<typeof overrides>;
export type Pair = z.infer<typeof pair>;
export type BulkRequest = z.infer<typeof bulkShape>;
export type EmailRequest = z.infer<typeof emailShape>;
export type TemplateRequest = z.infer<typeof template>;
export type DestinationRequest = z.infer<typeof destination>;

/** Reads a request body against its shape. */
export function parseBody<T>(shape: z.ZodType<T>, body: Buffer): Checked<T> {
  let json: unknown;
  try {
    json = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    const message = 'Could not parse the request body as JSON.';
    return { ok: false, error: { name: 'SerializationException', status: 400, message } };
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    ok: false,
    error: badRequest(
      `1 validation error detected: Value at '${issue?.path.join('.')}' failed to satisfy constraint: ${issue?.message}`,
    ),
  };
}
