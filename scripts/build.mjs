// Makes dist/, what the package publishes: JavaScript and types, the files beside them that are read at run time, and
// the JSON Schema of a campaign.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

rmSync('dist', { recursive: true, force: true });

const compiler = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (compiler.error) throw compiler.error;
if (compiler.status !== 0) process.exit(1);

for (const file of globSync('src/**/*.*')) {
  if (!file.endsWith('.ts')) cpSync(file, file.replace(/^src/, 'dist'));
}

const { campaignJsonSchema } = await import(new URL('../dist/index.js', import.meta.url).href);
writeFileSync('dist/campaign.schema.json', `${JSON.stringify(campaignJsonSchema(), null, 2)}\n`);
