import { alreadyExists, badRequest, notFound } from './error.ts';
import { errorReply, json, type Reply } from './http.ts';
import { type DestinationDefinition, destinationShape, destinationUpdateShape, parseBody } from './shape.ts';
import type { SesState } from './state.ts';

/** SES takes up to ten for a configuration set. */
const DESTINATIONS_MAX = 10;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PLACES = [
  'SnsDestination',
  'KinesisFirehoseDestination',
  'CloudWatchDestination',
  'PinpointDestination',
  'EventBridgeDestination',
] as const;

/*
 * Where the events of a configuration set go. The sandbox keeps what it is told and hands events to its own queue, whatever
 * stands here.
 */

export function createDestination(state: SesState, body: Buffer, set: string): Reply {
  const found = state.resources.configurationSet(set);
  if (!found.ok) return errorReply(found.error);
  const request = parseBody(destinationShape, body);
  if (!request.ok) return errorReply(request.error);
  const { EventDestinationName: name, EventDestination: definition } = request.value;
  const { destinations } = found.value;
  if (!NAME.test(name)) return errorReply(badRequest(`Invalid event destination name <${name}>.`));
  if (destinations.has(name)) return errorReply(alreadyExists(`Event destination <${name}> already exists.`));
  if (destinations.size >= DESTINATIONS_MAX)
    return errorReply(badRequest('There are too many event destinations.'));
  return put(destinations, name, definition);
}

export function updateDestination(state: SesState, body: Buffer, set: string, name: string): Reply {
  const found = state.resources.configurationSet(set);
  if (!found.ok) return errorReply(found.error);
  const request = parseBody(destinationUpdateShape, body);
  if (!request.ok) return errorReply(request.error);
  const { destinations } = found.value;
  return destinations.has(name)
    ? put(destinations, name, request.value.EventDestination)
    : errorReply(missing(name));
}

export function listDestinations(state: SesState, set: string): Reply {
  const found = state.resources.configurationSet(set);
  if (!found.ok) return errorReply(found.error);
  return json({
    EventDestinations: [...found.value.destinations].map(([Name, definition]) => ({ Name, ...definition })),
  });
}

export function deleteDestination(state: SesState, set: string, name: string): Reply {
  const found = state.resources.configurationSet(set);
  if (!found.ok) return errorReply(found.error);
  return found.value.destinations.delete(name) ? json({}) : errorReply(missing(name));
}

function put(
  destinations: Map<string, DestinationDefinition>,
  name: string,
  definition: DestinationDefinition,
): Reply {
  const places = PLACES.filter((place) => definition[place] !== undefined);
  if (places.length !== 1) return errorReply(badRequest('An event destination is exactly one place.'));
  if (definition.MatchingEventTypes?.length === 0)
    return errorReply(badRequest('MatchingEventTypes must have at least one type.'));
  const { Enabled = false, MatchingEventTypes = [] } = definition;
  destinations.set(name, { ...definition, Enabled, MatchingEventTypes });
  return json({});
}

function missing(name: string) {
  return notFound(`Event destination <${name}> does not exist.`);
}
