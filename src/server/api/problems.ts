import type { z } from 'zod';

/** A line for everything that is wrong, each with its path: `limit: too big: …`. @param whole what it is a mistake of where there is no path */
export function problemsOf(error: z.ZodError | undefined, whole: string): string[] {
  return (error?.issues ?? []).flatMap((issue) => lines(issue, whole));
}

function lines(issue: z.core.$ZodIssue, whole: string): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathOf([...issue.path, key])}: is not known here`);
  const path = pathOf(issue.path);
  return [path === '' ? `${whole} ${said(issue)}` : `${path}: ${said(issue)}`];
}

function said({ code, message, input }: z.core.$ZodIssue): string {
  if (code === 'invalid_type' && input === undefined && message.endsWith('received undefined'))
    return 'is missing';
  if (code === 'invalid_union') return 'is of none of the forms that it may have';
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '');
}
