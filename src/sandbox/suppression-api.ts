import { badRequest, type Checked } from './error.ts';
import { errorReply, json, type Reply } from './http.ts';
import { parseBody, suppressedShape } from './shape.ts';
import type { SesState } from './state.ts';
import { type ListQuery, PAGE_SIZE_MAX, type SuppressedAddress } from './suppression-list.ts';

export function putSuppressed(state: SesState, body: Buffer): Reply {
  const request = parseBody(suppressedShape, body);
  if (!request.ok) return errorReply(request.error);
  const { EmailAddress: address, Reason: reason } = request.value;
  const error = state.suppressed.put(address, reason, state.now());
  return error ? errorReply(error) : json({});
}

export function getSuppressed(state: SesState, address: string): Reply {
  const found = state.suppressed.get(address);
  if (!found.ok) return errorReply(found.error);
  const { messageId } = found.value;
  return json({
    SuppressedDestination: {
      ...summary(found.value),
      ...(messageId === null ? {} : { Attributes: { MessageId: messageId } }),
    },
  });
}

export function deleteSuppressed(state: SesState, address: string): Reply {
  const error = state.suppressed.delete(address);
  return error ? errorReply(error) : json({});
}

export function listSuppressed(state: SesState, query: URLSearchParams): Reply {
  const asked = readQuery(query);
  if (!asked.ok) return errorReply(asked.error);
  const page = state.suppressed.page(asked.value);
  if (!page.ok) return errorReply(page.error);
  const { found, token } = page.value;
  return json({
    SuppressedDestinationSummaries: found.map(summary),
    ...(token === null ? {} : { NextToken: token }),
  });
}

function summary({ address, reason, updatedMs }: SuppressedAddress) {
  return { EmailAddress: address, Reason: reason, LastUpdateTime: updatedMs / 1000 };
}

function readQuery(query: URLSearchParams): Checked<ListQuery> {
  const reasons = query.getAll('Reason');
  const pageSize = Number(query.get('PageSize') ?? PAGE_SIZE_MAX);
  const afterMs = timeOf(query.get('StartDate'), Number.NEGATIVE_INFINITY);
  const beforeMs = timeOf(query.get('EndDate'), Number.POSITIVE_INFINITY);
  if (!reasons.every((reason) => reason === 'BOUNCE' || reason === 'COMPLAINT'))
    return refuse('Reasons: [BOUNCE, COMPLAINT] is what there is.');
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX)
    return refuse(`PageSize must be from 1 to ${PAGE_SIZE_MAX}.`);
  if (Number.isNaN(afterMs) || Number.isNaN(beforeMs)) return refuse('StartDate or EndDate is no time.');
  return { ok: true, value: { reasons, afterMs, beforeMs, token: query.get('NextToken'), pageSize } };
}

/** NaN where it is no time. */
function timeOf(text: string | null, otherwise: number): number {
  return text === null ? otherwise : Date.parse(text);
}

function refuse(message: string) {
  return { ok: false, error: badRequest(message) } as const;
}
