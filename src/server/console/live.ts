import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { type ConsoleTools, contextOf } from './tools.ts';

/** What the script puts in the place of the elements with `data-live` of these names. */
export type Fragments = Readonly<Record<string, Html>>;

/** As often as a page is made anew for all who look at it in one language and zone. */
const LIVE_MS = 1_000;

export interface LiveView {
  /** The same for all who see the same, but for language and zone. */
  readonly topic: string;
  readonly fragments: (context: PageContext) => Promise<Fragments>;
}

/**
 * The event stream of a page. Fragments hold nothing of who looks at them: no csrf value and no name.
 * The context's time is that of each turn.
 */
export function sendLive(
  request: FastifyRequest,
  reply: FastifyReply,
  tools: ConsoleTools,
  view: LiveView,
): FastifyReply {
  const context = contextOf(request, tools);
  const ask = async () => {
    const fragments = await view.fragments({ ...context, nowMs: tools.clock.now() });
    const texts = Object.fromEntries(Object.entries(fragments).map(([name, body]) => [name, body.text]));
    return { fragments: texts };
  };
  const topic = `console:${view.topic}:${context.language}:${context.zone}`;
  return tools.events(
    request,
    reply,
    tools.hub.watch(topic, ask, { event: 'fragments', intervalMs: LIVE_MS }),
  );
}
