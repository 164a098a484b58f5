/** A form as browsers and mail programs post it. */
export type Form = ReadonlyMap<string, string>;

export const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'];

/**
 * The text fields of a body of one of those types; files are left out, and of fields with one name the first counts.
 * @throws TypeError where the body is not of its type
 */
export async function readForm(body: Buffer, contentType: string): Promise<Form> {
  const answer = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  const fields = new Map<string, string>();
  for (const [name, value] of await answer.formData())
    if (typeof value === 'string' && !fields.has(name)) fields.set(name, value);
  return fields;
}
