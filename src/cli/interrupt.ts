import { note } from './output.ts';

/** For a shell: ended by SIGINT. */
const EXIT_INTERRUPTED = 130;

/**
 * Ctrl-C ends a command that only looks on, and it says what does not end with it.
 * @returns takes that back
 */
export function onInterruptSay(text: string): () => void {
  const onSignal = () => {
    // What the terminal shows of the key, and the line of progress, stay above.
    note(`\n${text}`);
    process.exit(EXIT_INTERRUPTED);
  };
  process.once('SIGINT', onSignal);
  return () => process.off('SIGINT', onSignal);
}
