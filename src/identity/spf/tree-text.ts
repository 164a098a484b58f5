import type { SpfNode, SpfTermNode } from './tree.ts';

/** Lines are for people: who made a zone with thousands of terms reads the first of them. */
const LINES_MAX = 200;

/**
 * A tree as lines, two spaces deeper a level. Each line has the term, and in parentheses what it costs:
 *
 *     example.com  v=spf1 include:amazonses.com ~all
 *       include:amazonses.com (1 look-up)
 *         ip4:199.255.192.0/22
 *       ~all
 */
export function spfTreeLines(root: SpfNode): readonly string[] {
  if (root.found.kind !== 'record') return [];
  const lines = [`${root.domain}  ${root.found.record.text}`, ...termLines(root, 1)];
  return lines.length <= LINES_MAX
    ? lines
    : [...lines.slice(0, LINES_MAX), `… and ${lines.length - LINES_MAX} more lines`];
}

function termLines(node: SpfNode, depth: number): string[] {
  return node.terms.flatMap((term) => {
    const notes = notesOf(term);
    const line = `${'  '.repeat(depth)}${term.text}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
    return [line, ...(term.child ? termLines(term.child, depth + 1) : [])];
  });
}

function notesOf({ cost, unreached, isVoid, exchanges, unasked, mechanism, child }: SpfTermNode): string[] {
  return [
    ...(cost > 0 ? ['1 look-up'] : []),
    ...(unreached ? ['never reached'] : []),
    ...(isVoid ? ['finds nothing'] : []),
    ...(exchanges === null ? [] : [`${exchanges} mail ${exchanges === 1 ? 'exchanger' : 'exchangers'}`]),
    ...(mechanism?.macro ? ['has a macro'] : []),
    ...(unasked === null ? [] : [`could not ask: ${unasked}`]),
    ...(child ? childNotes(child) : []),
  ];
}

function childNotes({ found }: SpfNode): string[] {
  switch (found.kind) {
    case 'several':
      return [`${found.texts.length} records`];
    case 'loop':
      return ['loop'];
    case 'unasked':
      return [`could not ask: ${found.reason}`];
    case 'left':
      return ['not followed any further'];
    case 'record':
      return found.record.faults.length > 0 ? ['its record is wrong'] : [];
    case 'none':
      return ['no record'];
  }
}
