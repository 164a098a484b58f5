import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { InputFault, messageOf } from '../core/fault.ts';
import { type Campaign, CONTENT_BYTES_MAX, parseCampaign } from '../queue/campaign.ts';

/** A campaign with its texts and an inline audience inside. Longer lists belong in a file of their own. */
const CAMPAIGN_BYTES_MAX = 20 * 1024 * 1024;

/**
 * Reads a campaign as `sluice send` takes it: the JSON, then the files that it names, relative to its own folder. What
 * comes back can travel in a job.
 *
 * @param file a path, or `-` for standard input
 * @throws InputFault with every problem, each with its place
 */
export function readCampaignFile(file: string): Campaign {
  const name = nameOf(file);
  const folder = file === '-' ? process.cwd() : dirname(resolve(file));
  const parsed = parseCampaign(parseJson(name, readBounded(file, name)));
  if (parsed.kind === 'problems') throw new InputFault(parsed.problems).of(name);
  const { campaign } = parsed;
  const problems: string[] = [];
  const content = {
    subject: campaign.content.subject,
    ...part(campaign, 'html', folder, problems),
    ...part(campaign, 'text', folder, problems),
  };
  const audience = absoluteAudience(campaign.audience, folder, problems);
  if (problems.length > 0) throw new InputFault(problems).of(name);
  return { ...campaign, content, audience };
}

/** What messages call the file. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/** Problems with the campaign's file, by its name. */
export function named(file: string): (thrown: unknown) => never {
  return (thrown) => {
    throw thrown instanceof InputFault ? thrown.of(nameOf(file)) : thrown;
  };
}

function readBounded(file: string, name: string): string {
  try {
    // Standard input has no size to ask for; a pipe that never ends is the caller's own doing.
    if (file !== '-' && statSync(file).size > CAMPAIGN_BYTES_MAX) {
      throw new InputFault([
        `${name}: is larger than ${CAMPAIGN_BYTES_MAX / 1024 / 1024} MB; put the audience into a CSV file`,
      ]);
    }
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof InputFault) throw thrown;
    throw new InputFault([`${name}: can't be read (${reasonOf(thrown)})`]);
  }
}

function parseJson(name: string, text: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InputFault([`${name}${placeOfError(json)}: this is not JSON`], { cause });
  }
}

/** JSON.parse does not say where it stopped; this parser does. */
function placeOfError(json: string): string {
  const errors: ParseError[] = [];
  parse(json, errors, { disallowComments: true });
  const [first] = errors;
  if (!first) return '';
  const before = json.slice(0, first.offset).split('\n');
  return `, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${sentenceOf(first)}`;
}

/** `PropertyNameExpected` as `property name expected`. */
function sentenceOf(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replaceAll(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase();
}

/** The part itself, or what its file holds. */
function part(
  campaign: Campaign,
  name: 'html' | 'text',
  folder: string,
  problems: string[],
): Partial<Record<'html' | 'text', string>> {
  const inline = campaign.content[name];
  if (inline !== undefined) return { [name]: inline };
  const file = campaign.content[name === 'html' ? 'htmlFile' : 'textFile'];
  if (file === undefined) return {};
  const path = resolve(folder, file);
  try {
    const { size } = statSync(path);
    if (size > CONTENT_BYTES_MAX) {
      problems.push(
        `content.${name}File: ${file} has ${size} bytes, and at most ${CONTENT_BYTES_MAX} fit into a call to SES`,
      );
      return {};
    }
    return { [name]: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (thrown) {
    problems.push(`content.${name}File: ${file} can't be read (${reasonOf(thrown)})`);
    return {};
  }
}

function absoluteAudience(
  audience: Campaign['audience'],
  folder: string,
  problems: string[],
): Campaign['audience'] {
  if (audience.kind !== 'csv' && audience.kind !== 'ndjson') return audience;
  const absolute = [audience.path].flat().map((path) => {
    const full = resolve(folder, path);
    try {
      accessSync(full, constants.R_OK);
      // It is read again from its start after a crash, which a pipe does not allow.
      if (!statSync(full).isFile()) problems.push(`audience.path: ${path} is not a file`);
    } catch (thrown) {
      problems.push(`audience.path: ${path} can't be read (${reasonOf(thrown)})`);
    }
    return full;
  });
  return { ...audience, path: typeof audience.path === 'string' ? (absolute[0] ?? '') : absolute };
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'no permission';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8';
  return messageOf(thrown);
}
