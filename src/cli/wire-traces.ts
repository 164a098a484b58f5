import type { Config } from '../config/schema.ts';
import type { Traces } from '../queue/traces.ts';
import { version } from './version.ts';

/** Null where they are off; then nothing that collects or exports is loaded. */
export async function openTraces({ traces }: Config): Promise<Traces | null> {
  if (!traces) return null;
  const { startTraces } = await import('../queue/traces.ts');
  return startTraces(version());
}
