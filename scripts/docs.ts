// Writes the pages of docs/reference that are made from the code. test/docs/reference.test.ts says when that is due.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference/pages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

for (const [path, page] of await referencePages()) {
  writeFileSync(`${ROOT}${path}`, page);
  console.log(path);
}
