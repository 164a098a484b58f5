import { type Html, html, type Part } from './html.ts';

export interface Field {
  readonly name: string;
  readonly label: Part;
  /** What it may be, below it. */
  readonly hint?: Part;
  /** What was written there before. */
  readonly value?: string | undefined;
  readonly isRequired?: boolean | undefined;
  /** What is wrong with it, where it was tried. */
  readonly problem?: string | undefined;
}

export interface TextField extends Field {
  readonly type?: 'text' | 'email' | 'url' | 'month' | undefined;
  readonly maxLength?: number | undefined;
  /** On phones: which keys are wanted. */
  readonly keys?: 'decimal' | 'numeric' | 'email' | 'url' | undefined;
  /** Id of a list of proposals, by `proposals`. */
  readonly proposals?: string | undefined;
  readonly isFixed?: boolean | undefined;
}

export function textField(field: TextField): Html {
  const { name, value = '', type = 'text', maxLength = 1_000, keys, proposals: list, isFixed } = field;
  return labelled(
    field,
    html`<input type="${type}" name="${name}" value="${value}" maxlength="${maxLength}" autocomplete="off" spellcheck="false"${keys !== undefined && html` inputmode="${keys}"`}${list !== undefined && html` list="${list}"`}${isFixed === true && html` readonly`}${extras(field)}>`,
  );
}

export function areaField(field: Field & { readonly rows: number }): Html {
  const { name, value = '', rows } = field;
  // A line break after the tag is not part of the text; one that is stays.
  return labelled(
    field,
    html`<textarea name="${name}" rows="${rows}" autocomplete="off" spellcheck="false" class="code"${extras(field)}>
${value}</textarea>`,
  );
}

export function selectField(
  field: Field & { readonly options: readonly (readonly [value: string, label: string])[] },
): Html {
  const { name, value, options } = field;
  return labelled(
    field,
    html`<select name="${name}"${extras(field)}>${options.map(
      ([each, label]) => html`<option value="${each}"${each === value && html` selected`}>${label}</option>`,
    )}</select>`,
  );
}

export function checkField({ name, label, isOn = false }: Field & { readonly isOn?: boolean }): Html {
  return html`<label class="field check"><input type="checkbox" name="${name}" value="yes"${isOn && html` checked`}><span>${label}</span></label>`;
}

export function fileField(
  field: Field & { readonly accept: string; readonly areMany?: boolean | undefined },
): Html {
  return labelled(
    field,
    html`<input type="file" name="${field.name}"${field.areMany === true && html` multiple`} accept="${field.accept}"${extras(field)}>`,
  );
}

export function proposals(id: string, values: readonly string[]): Html {
  return html`<datalist id="${id}">${values.map((value) => html`<option value="${value}"></option>`)}</datalist>`;
}

/** The hint stands beside the label, not within: a screen reader would say it twice. */
function labelled({ name, label, hint, problem }: Field, control: Html): Html {
  return html`<div class="field"><label class="field"><span>${label}</span>${control}</label>${hint !== undefined && html`<small id="${name}-hint" class="muted">${hint}</small>`}${problem !== undefined && html`<small id="${name}-problem" class="problem">✕ ${problem}</small>`}</div>`;
}

function extras({ name, hint, isRequired, problem }: Field): Html {
  const about = [
    ...(problem === undefined ? [] : [`${name}-problem`]),
    ...(hint === undefined ? [] : [`${name}-hint`]),
  ];
  return html`${isRequired === true && html` required`}${problem !== undefined && html` aria-invalid="true"`}${about.length > 0 && html` aria-describedby="${about.join(' ')}"`}`;
}

/** What is wrong with a field, out of the lines of what was refused: `start: must be …`, or in a script that has its own colon. */
export function problemWith(name: string, problems: readonly string[] | undefined): string | undefined {
  const found = problems?.find(
    (problem) => problem.startsWith(`${name}:`) || problem.startsWith(`${name}：`),
  );
  return found?.slice(name.length + 1).trim();
}
