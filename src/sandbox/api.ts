import { addressOf } from './address.ts';
import { templateSource } from './call.ts';
import type { Checked, SesError } from './error.ts';
import {
  createDestination,
  deleteDestination,
  listDestinations,
  updateDestination,
} from './event-destinations.ts';
import { errorReply, json, type Reply } from './http.ts';
import {
  createIdentity,
  deleteIdentity,
  getIdentity,
  listIdentities,
  putDkimSigning,
  putMailFrom,
} from './identity-api.ts';
import { sendBulkEmail } from './send-bulk.ts';
import { sendEmail } from './send-email.ts';
import {
  bulkShape,
  configurationSetShape,
  deliveryShape,
  emailShape,
  listIdentitiesShape,
  parseBody,
  sendingShape,
  templateShape,
} from './shape.ts';
import type { SesState } from './state.ts';
import { deleteSuppressed, getSuppressed, listSuppressed, putSuppressed } from './suppression-api.ts';

/** An operation of the API: what it is called, where it is found, and what it does. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Matches the path; its first group is the name of the resource, its second of a part of it. */
  readonly path: RegExp;
  readonly run: (
    state: SesState,
    body: Buffer,
    resource: string,
    query: URLSearchParams,
    part: string,
  ) => Reply | Promise<Reply>;
}

/** The operation that a request asks for, and the resource it names; null where the sandbox has none. */
export function findOperation(
  method: string,
  path: string,
): { readonly operation: Operation; readonly resource: string; readonly part: string } | null {
  for (const operation of OPERATIONS) {
    const match = operation.method === method ? operation.path.exec(path) : null;
    const resource = match ? decodeName(match[1] ?? '') : null;
    const part = match ? decodeName(match[2] ?? '') : null;
    if (resource !== null && part !== null) return { operation, resource, part };
  }
  return null;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'SendBulkEmail',
    method: 'POST',
    path: /^\/v2\/email\/outbound-bulk-emails$/,
    run: (state, body) => {
      const request = parseBody(bulkShape, body);
      if (!request.ok) return errorReply(request.error);
      return whenLooked(state, request.value.FromEmailAddress, () =>
        answer(sendBulkEmail(state, request.value, body.length)),
      );
    },
  },
  {
    name: 'SendEmail',
    method: 'POST',
    path: /^\/v2\/email\/outbound-emails$/,
    run: (state, body) => {
      const request = parseBody(emailShape, body);
      if (!request.ok) return errorReply(request.error);
      return whenLooked(state, request.value.FromEmailAddress, () =>
        answer(sendEmail(state, request.value, body.length)),
      );
    },
  },
  { name: 'GetAccount', method: 'GET', path: /^\/v2\/email\/account$/, run: getAccount },
  {
    name: 'PutAccountSendingAttributes',
    method: 'PUT',
    path: /^\/v2\/email\/account\/sending$/,
    run: (state, body) => {
      const request = parseBody(sendingShape, body);
      if (!request.ok) return errorReply(request.error);
      state.account.settings.sendingEnabled = request.value.SendingEnabled ?? false;
      return json({});
    },
  },
  {
    name: 'CreateEmailTemplate',
    method: 'POST',
    path: /^\/v2\/email\/templates$/,
    run: (state, body) => {
      const request = parseBody(templateShape, body);
      if (!request.ok) return errorReply(request.error);
      const source = templateSource(request.value.TemplateContent);
      if (!source.ok) return errorReply(source.error);
      return done(state.resources.createTemplate(request.value.TemplateName, source.value));
    },
  },
  {
    name: 'GetEmailTemplate',
    method: 'GET',
    path: /^\/v2\/email\/templates\/([^/]+)$/,
    run: (state, _body, name) => {
      const found = state.resources.template(name);
      if (!found.ok) return errorReply(found.error);
      const { subject, html, text } = found.value;
      return json({ TemplateName: name, TemplateContent: { Subject: subject, Html: html, Text: text } });
    },
  },
  {
    name: 'DeleteEmailTemplate',
    method: 'DELETE',
    path: /^\/v2\/email\/templates\/([^/]+)$/,
    run: (state, _body, name) => done(state.resources.deleteTemplate(name)),
  },
  {
    name: 'CreateConfigurationSet',
    method: 'POST',
    path: /^\/v2\/email\/configuration-sets$/,
    run: (state, body) => {
      const request = parseBody(configurationSetShape, body);
      if (!request.ok) return errorReply(request.error);
      const {
        ConfigurationSetName: name,
        SendingOptions: sending,
        DeliveryOptions: delivery,
      } = request.value;
      const set = {
        name,
        sendingEnabled: sending?.SendingEnabled ?? true,
        tlsPolicy: delivery?.TlsPolicy ?? 'OPTIONAL',
        sendingPool: delivery?.SendingPoolName ?? null,
      };
      return done(state.resources.createConfigurationSet(set));
    },
  },
  {
    name: 'GetConfigurationSet',
    method: 'GET',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)$/,
    run: (state, _body, name) => {
      const found = state.resources.configurationSet(name);
      if (!found.ok) return errorReply(found.error);
      const { sendingEnabled, tlsPolicy, sendingPool } = found.value;
      return json({
        ConfigurationSetName: name,
        DeliveryOptions: {
          TlsPolicy: tlsPolicy,
          ...(sendingPool === null ? {} : { SendingPoolName: sendingPool }),
        },
        SendingOptions: { SendingEnabled: sendingEnabled },
      });
    },
  },
  {
    name: 'DeleteConfigurationSet',
    method: 'DELETE',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)$/,
    run: (state, _body, name) => done(state.resources.deleteConfigurationSet(name)),
  },
  {
    name: 'PutConfigurationSetDeliveryOptions',
    method: 'PUT',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/delivery-options$/,
    run: (state, body, name) => {
      const found = state.resources.configurationSet(name);
      if (!found.ok) return errorReply(found.error);
      const request = parseBody(deliveryShape, body);
      if (!request.ok) return errorReply(request.error);
      found.value.tlsPolicy = request.value.TlsPolicy ?? 'OPTIONAL';
      found.value.sendingPool = request.value.SendingPoolName ?? null;
      return json({});
    },
  },
  {
    name: 'PutConfigurationSetSendingOptions',
    method: 'PUT',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/sending$/,
    run: (state, body, name) => {
      const found = state.resources.configurationSet(name);
      if (!found.ok) return errorReply(found.error);
      const request = parseBody(sendingShape, body);
      if (!request.ok) return errorReply(request.error);
      found.value.sendingEnabled = request.value.SendingEnabled ?? false;
      return json({});
    },
  },
  {
    name: 'CreateConfigurationSetEventDestination',
    method: 'POST',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/event-destinations$/,
    run: createDestination,
  },
  {
    name: 'GetConfigurationSetEventDestinations',
    method: 'GET',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/event-destinations$/,
    run: (state, _body, set) => listDestinations(state, set),
  },
  {
    name: 'UpdateConfigurationSetEventDestination',
    method: 'PUT',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/event-destinations\/([^/]+)$/,
    run: (state, body, set, _query, name) => updateDestination(state, body, set, name),
  },
  {
    name: 'DeleteConfigurationSetEventDestination',
    method: 'DELETE',
    path: /^\/v2\/email\/configuration-sets\/([^/]+)\/event-destinations\/([^/]+)$/,
    run: (state, _body, set, _query, name) => deleteDestination(state, set, name),
  },
  {
    name: 'CreateEmailIdentity',
    method: 'POST',
    path: /^\/v2\/email\/identities$/,
    run: createIdentity,
  },
  {
    name: 'ListEmailIdentities',
    method: 'GET',
    path: /^\/v2\/email\/identities$/,
    run: (state, _body, _resource, query) => listIdentities(state, Object.fromEntries(query)),
  },
  {
    // As newer clients ask.
    name: 'ListEmailIdentities',
    method: 'POST',
    path: /^\/v2\/email\/list-identities$/,
    run: (state, body) => {
      const request = parseBody(listIdentitiesShape, body);
      return request.ok ? listIdentities(state, request.value) : errorReply(request.error);
    },
  },
  {
    name: 'GetEmailIdentity',
    method: 'GET',
    path: /^\/v2\/email\/identities\/([^/]+)$/,
    run: (state, _body, name) => getIdentity(state, name),
  },
  {
    name: 'DeleteEmailIdentity',
    method: 'DELETE',
    path: /^\/v2\/email\/identities\/([^/]+)$/,
    run: (state, _body, name) => deleteIdentity(state, name),
  },
  {
    name: 'PutEmailIdentityMailFromAttributes',
    method: 'PUT',
    path: /^\/v2\/email\/identities\/([^/]+)\/mail-from$/,
    run: putMailFrom,
  },
  {
    name: 'PutEmailIdentityDkimSigningAttributes',
    method: 'PUT',
    path: /^\/v[12]\/email\/identities\/([^/]+)\/dkim\/signing$/,
    run: putDkimSigning,
  },
  {
    name: 'ListSuppressedDestinations',
    method: 'GET',
    path: /^\/v2\/email\/suppression\/addresses$/,
    run: (state, _body, _resource, query) => listSuppressed(state, query),
  },
  {
    name: 'PutSuppressedDestination',
    method: 'PUT',
    path: /^\/v2\/email\/suppression\/addresses$/,
    run: putSuppressed,
  },
  {
    name: 'GetSuppressedDestination',
    method: 'GET',
    path: /^\/v2\/email\/suppression\/addresses\/([^/]+)$/,
    run: (state, _body, address) => getSuppressed(state, address),
  },
  {
    name: 'DeleteSuppressedDestination',
    method: 'DELETE',
    path: /^\/v2\/email\/suppression\/addresses\/([^/]+)$/,
    run: (state, _body, address) => deleteSuppressed(state, address),
  },
];

/** Where senders must be verified, DNS may have to be asked first. */
function whenLooked(state: SesState, from: string | undefined, send: () => Reply): Reply | Promise<Reply> {
  const looking = state.identities.ready(addressOf(from ?? ''));
  return looking === null ? send() : looking.then(send);
}

function getAccount(state: SesState): Reply {
  const { perSecond, perDay, sendingEnabled, enforcement, productionAccess } = state.account.settings;
  return json({
    DedicatedIpAutoWarmupEnabled: false,
    EnforcementStatus: enforcement,
    ProductionAccessEnabled: productionAccess,
    SendingEnabled: sendingEnabled,
    SendQuota: {
      Max24HourSend: perDay ?? -1,
      MaxSendRate: perSecond,
      SentLast24Hours: state.account.sentLast24Hours(state.now()),
    },
  });
}

function answer<T>(checked: Checked<T>): Reply {
  return checked.ok ? json(checked.value) : errorReply(checked.error);
}

function done(error: SesError | null): Reply {
  return error ? errorReply(error) : json({});
}

function decodeName(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
