import { styleText } from 'node:util';
import { Command } from 'commander';
import type { CampaignState } from '../queue/receipt.ts';

type Style = Parameters<typeof styleText>[0];

/** How a text is written on a terminal, and as it is elsewhere. */
export type Paint = (style: Style, text: string) => string;

/**
 * Colours for standard output: on a terminal, never with NO_COLOR (no-color.org), and always with FORCE_COLOR. It is
 * commander's decision, so that help and data agree.
 */
export function standardPaint(): Paint {
  const hasColours = new Command().configureOutput().getOutHasColors?.() ?? false;
  return hasColours
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}

const STATE_STYLES: Readonly<Record<CampaignState, Style>> = {
  scheduled: 'dim',
  queued: 'dim',
  running: 'cyan',
  paused: 'yellow',
  held: ['yellow', 'bold'],
  finished: 'green',
  cancelled: 'magenta',
  failed: ['red', 'bold'],
};

/** Green needs nobody, yellow waits for somebody, red is over. */
export function stateStyle(state: CampaignState): Style {
  return STATE_STYLES[state];
}

/** Columns of the terminal that standard output is; null where it is none. */
export function terminalColumns(): number | null {
  return process.stdout.isTTY ? process.stdout.columns : null;
}
