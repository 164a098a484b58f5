import { templateSource } from './call.ts';
import type { Checked, SesError } from './error.ts';
import { errorReply, json, type Reply } from './http.ts';
import { sendBulkEmail } from './send-bulk.ts';
import { sendEmail } from './send-email.ts';
import {
  bulkShape,
  configurationSetShape,
  deliveryShape,
  emailShape,
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
  /** Matches the path; its first group is the name of the resource. */
  readonly path: RegExp;
  readonly run: (state: SesState, body: Buffer, resource: string, query: URLSearchParams) => Reply;
}

/** The operation that a request asks for, and the resource it names; null where the sandbox has none. */
export function findOperation(
  method: string,
  path: string,
): { readonly operation: Operation; readonly resource: string } | null {
  for (const operation of OPERATIONS) {
    const match = operation.method === method ? operation.path.exec(path) : null;
    const resource = match ? decodeName(match[1] ?? '') : null;
    if (resource !== null) return { operation, resource };
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
      return request.ok
        ? answer(sendBulkEmail(state, request.value, body.length))
        : errorReply(request.error);
    },
  },
  {
    name: 'SendEmail',
    method: 'POST',
    path: /^\/v2\/email\/outbound-emails$/,
    run: (state, body) => {
      const request = parseBody(emailShape, body);
      return request.ok ? answer(sendEmail(state, request.value, body.length)) : errorReply(request.error);
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
      const { sendingEnabled, tlsPolicy } = found.value;
      return json({
        ConfigurationSetName: name,
        DeliveryOptions: { TlsPolicy: tlsPolicy },
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
