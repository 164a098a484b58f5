import type { StoredList } from '../../desk/desk.ts';
import { DOUBT_POLICIES } from '../../queue/campaign.ts';
import { bytes } from './figures.ts';
import { type Html, html, type Part } from './html.ts';
import type { CampaignForm } from './new-campaign-fields.ts';
import type { PageContext } from './page-context.ts';
import { csrfField, panel } from './parts.ts';
import { campaignWords } from './words/campaign.ts';
import { newCampaignWords } from './words/new-campaign.ts';

/** What can be chosen. */
export interface Choices {
  readonly lists: readonly StoredList[];
  readonly profiles: readonly string[];
  readonly projects: readonly string[];
}

/** The form of a new campaign, and the one into which its JSON is pasted; both are checked first. */
export function campaignForm(context: PageContext, fields: CampaignForm, choices: Choices): Html {
  const words = newCampaignWords[context.language];
  const isJson = fields.json.trim() !== '';
  const buttons = html`<div class="row"><button class="main">${words.check}</button> <span class="muted">${words.checkHint}</span></div>`;
  const json = html`<form method="post" action="/new-campaign/check" class="stack">${csrfField(context)}
<label class="field"><span>${words.jsonLabel}</span><textarea name="json" class="code" rows="14" required spellcheck="false">${fields.json}</textarea></label>${buttons}</form>`;
  return html`<form method="post" action="/new-campaign/check" class="stack" id="campaign">${csrfField(context)}
${basics(context, fields, choices)}${sender(context, fields, choices)}${mail(context, fields)}${audience(context, fields, choices)}${manner(context, fields)}
${buttons}</form>
<details class="panel"${isJson && html` open`}><summary>${words.json}</summary>${json}</details>`;
}

/** A form of its own, so that what was written in the other is not lost: with script it stays on the page. */
export function uploadForm(context: PageContext): Html {
  const words = newCampaignWords[context.language];
  const { csrf } = context.session;
  return panel(
    words.upload,
    html`<p class="muted">${words.uploadHint}</p>
<form method="post" action="/new-campaign/upload" enctype="multipart/form-data" class="filter" data-upload="/v1/audiences/" data-csrf="${csrf}" data-uploading="${words.uploading}" data-failed="${words.uploadFailed}">${csrfField(context)}
<label class="field"><span>${words.uploadFile}</span><input type="file" name="file" required accept=".csv,.ndjson,.gz"></label><button>${words.uploadButton}</button></form>
<progress class="hidden-until" max="100" value="0" aria-label="${words.uploading}" hidden></progress><p role="status" data-upload-said></p>`,
  );
}

function basics({ language }: PageContext, fields: CampaignForm, { projects }: Choices): Html {
  const words = newCampaignWords[language];
  return group(
    words.basics,
    html`${input('id', words.id, fields.id, { hint: words.idHint, isRequired: true, max: 64 })}
${input('name', words.name, fields.name, { hint: words.nameHint, max: 200 })}
${input('project', words.project, fields.project, { max: 64, list: 'projects' })}
<datalist id="projects">${projects.map((name) => html`<option value="${name}"></option>`)}</datalist>
${select('category', words.category, fields.category, Object.entries(words.categories))}`,
  );
}

function sender({ language }: PageContext, fields: CampaignForm, { profiles }: Choices): Html {
  const words = newCampaignWords[language];
  const options = [['', words.noProfile], ...profiles.map((name) => [name, name])];
  return group(
    words.sender,
    html`${select('profile', words.profile, fields.profile, options)}
${input('from', words.from, fields.from, { hint: words.fromHint, max: 512 })}
${input('replyTo', words.replyTo, fields.replyTo, { max: 3200 })}`,
  );
}

function mail({ language }: PageContext, fields: CampaignForm): Html {
  const words = newCampaignWords[language];
  return html`<fieldset class="panel stack"><legend>${words.mail}</legend>
${input('subject', words.subject, fields.subject, { isRequired: true, max: 998 })}
${area('html', words.html, fields.html, 12, null)}
${area('text', words.text, fields.text, 6, words.textHint)}</fieldset>`;
}

function audience(context: PageContext, fields: CampaignForm, { lists }: Choices): Html {
  const words = newCampaignWords[context.language];
  const options = lists.map(({ name, bytes: size }) => [name, `${name} (${bytes(context, size)})`]);
  return html`<fieldset class="panel stack"><legend>${words.audience}</legend>
<div class="fields">${select('list', words.list, fields.list, [['', words.noList], ...options])}
${input('column', words.column, fields.column, { hint: words.columnHint, max: 256 })}</div>
${area('recipients', words.recipients, fields.recipients, 4, words.recipientsHint)}</fieldset>`;
}

function manner({ language }: PageContext, fields: CampaignForm): Html {
  const words = newCampaignWords[language];
  const { doubts } = campaignWords[language];
  const zones = Intl.supportedValuesOf('timeZone');
  return group(
    words.when,
    html`${input('sendAt', words.sendAt, fields.sendAt, { type: 'datetime-local', hint: words.sendAtHint })}
${input('zone', words.zone, fields.zone, { list: 'zones', max: 64 })}
<datalist id="zones">${['UTC', ...zones].map((zone) => html`<option value="${zone}"></option>`)}</datalist>
${input('perSecond', words.perSecond, fields.perSecond, { mode: 'decimal' })}
${input('bounceRate', words.bounceRate, fields.bounceRate, { hint: words.limitHint, mode: 'decimal' })}
${input('complaintRate', words.complaintRate, fields.complaintRate, { hint: words.limitHint, mode: 'decimal' })}
${input('canary', words.canary, fields.canary, { hint: words.canaryHint, mode: 'numeric' })}
${select(
  'doubt',
  words.doubt,
  fields.doubt,
  DOUBT_POLICIES.map((policy) => [policy, doubts[policy]]),
)}`,
  );
}

function group(legend: string, fields: Part): Html {
  return html`<fieldset class="panel"><legend>${legend}</legend><div class="fields">${fields}</div></fieldset>`;
}

interface InputLook {
  readonly hint?: string;
  readonly isRequired?: boolean;
  readonly max?: number;
  readonly list?: string;
  readonly type?: 'text' | 'datetime-local';
  readonly mode?: 'decimal' | 'numeric';
}

function input(name: string, label: string, value: string, look: InputLook): Html {
  const { hint, isRequired = false, max, list, type = 'text', mode } = look;
  const about = hint !== undefined && html` aria-describedby="${name}-hint"`;
  return html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}" value="${value}"${isRequired && html` required`}${max !== undefined && html` maxlength="${max}"`}${list !== undefined && html` list="${list}"`}${mode !== undefined && html` inputmode="${mode}"`}${about} autocomplete="off">${hintOf(name, hint)}</div>`;
}

function area(name: string, label: string, value: string, rows: number, hint: string | null): Html {
  return html`<div class="field"><label for="${name}">${label}</label><textarea id="${name}" name="${name}" rows="${rows}" class="code" spellcheck="false"${hint !== null && html` aria-describedby="${name}-hint"`}>
${value}</textarea>${hintOf(name, hint ?? undefined)}</div>`;
}

function hintOf(name: string, hint: string | undefined): Html | null {
  return hint === undefined ? null : html`<small class="muted" id="${name}-hint">${hint}</small>`;
}

function select(name: string, label: string, value: string, options: readonly (readonly string[])[]): Html {
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}">${options.map(
    ([each = '', text = '']) =>
      html`<option value="${each}"${each === value && html` selected`}>${text}</option>`,
  )}</select></div>`;
}
