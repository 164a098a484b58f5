import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/*
 * Takes away, one at a time, each rule that keeps a mail from going out twice or a recipient from being lost, in a copy of
 * the tree, and runs the tests that are there for it. A test has to fail, or nothing keeps the rule. Ends with 1 where a
 * mutant survives. `npm run mutate -- NAME…` tries only those.
 */

interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What is expected to notice: test files, each with the tests that are meant by a part of their name. */
  readonly by: readonly (readonly [file: string, test?: string])[];
}

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'claim: everybody is sendable, whatever the state',
    file: 'src/send/claim.lua',
    from: "elseif state == '.' then",
    to: 'else',
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'claim: a batch that somebody has touched is claimed as a new one',
    file: 'src/send/claim.lua',
    from: "if not states and ARGV[4] == '0-' .. (#addresses - 1) then",
    to: "if ARGV[4] == '0-' .. (#addresses - 1) then",
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'claim: suppression is not looked at where a whole batch is claimed',
    file: 'src/send/claim.lua',
    from: 'if next(letters) == nil then',
    to: 'if true then',
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'claim: the same number asked again is not the same claim',
    file: 'src/send/claim.lua',
    from: 'if state == mine then',
    to: "if state == 'nobody' then",
    by: [['test/fault/kill-point.test.ts', 'its claim asks again']],
  },
  {
    name: 'claim: suppression is not looked at where a part of a batch is claimed',
    file: 'src/send/claim.lua',
    from: '    if letters[i] then',
    to: '    if false then',
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'settle: the number of the claim is ignored',
    file: 'src/send/settle.lua',
    from: 'local function mine(state) return state == claimed or state == doubted end',
    to: "local function mine(state) return string.find(state, '^[c?]') ~= nil end",
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'settle: a second acceptance takes the place of the first',
    file: 'src/send/settle.lua',
    from: "if string.sub(state, 1, 1) ~= 'a' then return accepted end",
    to: 'if state then return accepted end',
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'settle: a batch that another has claimed is accepted as a whole',
    file: 'src/send/settle.lua',
    from: "and batch[1] == 'c' .. claim .. '*' .. batch[2] then",
    to: 'then',
    by: [['test/send/ledger.test.ts']],
  },
  {
    name: 'settle: what is sent again is refused as stale instead of known',
    file: 'src/send/settle.lua',
    from: '(mine(state) or state == rejected) and rejected or nil',
    to: 'mine(state) and rejected or nil',
    by: [['test/send/doubt.test.ts']],
  },
  {
    name: 'settle: what is sent again counts again',
    file: 'src/send/settle.lua',
    from: 'elseif next_state ~= state then',
    to: 'else',
    by: [['test/send/ledger.test.ts', 'sent twice counts once']],
  },
  {
    name: 'guard: a copy of a bounce counts again',
    file: 'src/feedback/apply.lua',
    from: '    if see(event) then',
    to: '    if see(event) or true then',
    by: [['test/guard/guard.test.ts'], ['test/feedback/orders.test.ts']],
  },
  {
    name: 'guard: a mail that an event settles is not counted as sent',
    file: 'src/feedback/apply.lua',
    from: 'if event.simulated then simulated = simulated + 1 else guarded.s = guarded.s + 1 end',
    to: '',
    by: [['test/feedback/orders.test.ts']],
  },
  {
    name: 'guard: a settlement that is sent again counts again',
    file: 'src/send/settle.lua',
    from: "      if verb == 'a' then\n        accepted",
    to: "    end\n    if next_state then\n      if verb == 'a' then\n        accepted",
    by: [['test/feedback/orders.test.ts']],
  },
  {
    name: 'guard: the other campaigns of a sender go on',
    file: 'src/feedback/apply.lua',
    from: 'if is_near then',
    to: 'if false then',
    by: [['test/guard/guard.test.ts']],
  },
  {
    name: 'guard: a hold that lifts itself stays in place of its own',
    file: 'src/guard/judge.lua',
    from: '    if waits then return false end',
    to: '    if is_read then return false end',
    by: [['test/guard/guard.test.ts']],
  },
  {
    name: 'guard: resume does not ask it',
    file: 'src/queue/steer.ts',
    from: 'if (!override) return { code: GUARD_HOLD, reason: finding.said, until: null };',
    to: 'if (!override) break;',
    by: [['test/guard/guard.test.ts']],
  },
  {
    name: 'suppression: a bounce leaves the list alone',
    file: 'src/feedback/apply.lua',
    from: "  if value then redis.call('HSET', KEYS[7], address, value) end",
    to: '',
    by: [['test/feedback/suppression.test.ts']],
  },
  {
    name: 'canary: the planner goes on before it is home',
    file: 'src/queue/planner.ts',
    from: "      if (this.#batchesLeft() <= 0 && !(this.#atEnd && this.#draft.batchesReady === 0)) return 'canary';",
    to: '',
    by: [['test/queue/canary.test.ts']],
  },
  {
    name: 'canary: a stage is judged before it is planned',
    file: 'src/queue/canary-verdict.ts',
    from: 'if (!isPlanned || open > 0',
    to: 'if (open > 0',
    by: [['test/queue/canary.test.ts'], ['test/queue/canary-verdict.test.ts']],
  },
  {
    name: 'fence: a request is dated when it is signed',
    file: 'src/send/ses-sdk.ts',
    from: 'const signingDate = new Date(sending.dated + offset.at(sending.dated));',
    to: 'const signingDate = new Date(Date.now() + offset.at(sending.dated) * 0);',
    by: [['test/send/ses-sdk.test.ts', 'the moment of sending']],
  },
  {
    name: 'fence: a request of the lean transport is dated when it is signed',
    file: 'src/send/ses-lean.ts',
    from: 'dated: request.dated + this.#offset.at(request.dated),',
    to: 'dated: this.#options.clock.now() + this.#offset.at(request.dated),',
    by: [['test/fault/fence.test.ts', 'before it signed']],
  },
  {
    name: 'fence: a request is dated after its claim',
    file: 'src/send/batch-pass.ts',
    from: '{ mailing, batch, claim, dated },',
    to: '{ mailing, batch, claim, dated: clock.now() },',
    by: [['test/send/deliver.test.ts', 'dated before its claim']],
  },
  {
    name: 'claim: a mail that can not be written leaves its claim behind',
    file: 'src/send/batch-pass.ts',
    from: 'this.#record(releasedEntries(positions.map(positioned), claim));',
    to: '',
    by: [['test/send/deliver.test.ts', 'nobody’s doubt']],
  },
  {
    name: 'profile: who the mail is from is not asked again before a claim',
    file: 'src/send/batch-pass.ts',
    from: 'await current.refresh();',
    to: '',
    by: [['test/send/deliver.test.ts', 'after its turn has come']],
  },
  {
    name: 'profile: mail goes out in the turn of another sender',
    file: 'src/send/batch-pass.ts',
    from: 'if (mailing.sender !== waitedFor) {',
    to: 'if (waitedFor === null) {',
    by: [['test/send/deliver.test.ts', 'after its turn has come']],
  },
  {
    name: 'profile: a link is written without a column that was not planned',
    file: 'src/send/unsubscribe.ts',
    from: 'const column = unsure.find((name) => !Object.hasOwn(recipient.data, name));',
    to: 'const column = unsure.find(() => false);',
    by: [['test/queue/mailings.test.ts', 'a column that was not planned']],
  },
  {
    name: 'profile: a column that a row lacks is as if it had not been planned',
    file: 'src/queue/row.ts',
    from: 'for (const name of linkColumns) data[name] = Object.hasOwn(row.data, name) ? row.data[name] : null;',
    to: 'for (const name of linkColumns) if (Object.hasOwn(row.data, name)) data[name] = row.data[name];',
    by: [['test/queue/mailings.test.ts', 'holds up nobody']],
  },
  {
    name: 'pace: tokens are given back as often as it is said',
    file: 'src/send/give-back.lua',
    from: "'NX', 'EX', 600)",
    to: "'EX', 600)",
    by: [['test/send/turnstile.test.ts', 'each claim gives back once']],
  },
  {
    name: 'pace: a window that is full is not looked at',
    file: 'src/send/pace.lua',
    from: 'if limit and w.total + tokens > limit then',
    to: 'if false then',
    by: [['test/send/turnstile.test.ts', 'limits']],
  },
  {
    name: 'pace: slots that cancel each other out are kept',
    file: 'src/send/pace.lua',
    from: "if w.begins then redis.call('DEL', w.key) end",
    to: '',
    by: [['test/send/turnstile.test.ts', 'cancels itself out']],
  },
  {
    name: 'pace: the windows of a project keep what was given back',
    file: 'src/send/give-back.lua',
    from: 'for i = 1, windows do',
    to: 'for i = 1, 0 do',
    by: [['test/send/turnstile.test.ts', 'neither its windows']],
  },
  {
    name: 'pace: a turn counts for the project of whoever is asked with',
    file: 'src/send/turnstile.ts',
    from: 'a.limits.project?.name === b.limits.project?.name &&',
    to: '',
    by: [['test/send/turnstile.test.ts', 'different projects']],
  },
  {
    name: 'pace: the bucket of a project keeps everybody waiting',
    file: 'src/send/turnstile.ts',
    from: '!turn.taken || turn.accountWaitMs === turn.waitMs',
    to: 'turn.waitMs >= 0',
    by: [['test/send/turnstile.test.ts', 'slow bucket of a project']],
  },
  {
    name: 'pace: a call may be larger than the day of its project',
    file: 'src/send/batch-pass.ts',
    from: 'const ofProject = [project?.perDay, project?.perMonth];',
    to: 'const ofProject = project ? [null] : [null];',
    by: [['test/send/deliver.test.ts', 'has used up its']],
  },
  {
    name: 'doubt: what a dead worker had claimed is put back',
    file: 'src/send/aftermath.ts',
    from: "doubtful(position, recipient, claim, 'the worker that had claimed it is gone'),",
    to: 'putBack(position, claim, null),',
    by: [['test/fault/kill-point.test.ts', 'when SES has the mail']],
  },
  {
    name: 'doubt: it is decided before a request can no longer be taken',
    file: 'src/send/resolve.lua',
    from: 'if claimed_at > now - tonumber(ARGV[3]) then',
    to: 'if false then',
    by: [['test/send/doubt.test.ts']],
  },
  {
    name: 'doubt: evidence does not need everybody’s event',
    file: 'src/send/doubt.ts',
    from: 'withSendEvent < accepted',
    to: 'withSendEvent < 0',
    by: [['test/queue/doubt.test.ts']],
  },
  {
    name: 'plan: a commit counts under any epoch',
    file: 'src/queue/commit-plan.lua',
    from: "if c[1] ~= ARGV[1] then return { 'superseded', counts() } end",
    to: '',
    by: [['test/queue/planner.test.ts']],
  },
  {
    name: 'plan: a commit that is sent again counts again',
    file: 'src/queue/commit-plan.lua',
    from: "if (c[2] or '') == ARGV[3] then return { 'ok', counts() } end",
    to: "if (c[2] or '') == ARGV[3] then c[2] = ARGV[2] end",
    by: [['test/queue/planner.test.ts', 'sent twice counts once']],
  },
  {
    name: 'sweep: a campaign that was held when it was cancelled is left alone',
    file: 'src/queue/sweeper.ts',
    from: 'if (campaign.isEnding) {',
    to: 'if (campaign.isEnding && !campaign.held) {',
    by: [['test/queue/sweeper.test.ts']],
  },
  {
    name: 'sweep: a hold for doubt stays when its cause is gone',
    file: 'src/queue/doubt-sweep.ts',
    from: 'await this.#release(campaign);',
    to: '',
    by: [['test/queue/doubt.test.ts', 'goes on when']],
  },
  {
    name: 'restart: claims are made at once on a Redis that may have forgotten some',
    file: 'src/send/restart-gate.ts',
    from: 'if (waitMs > 0) {',
    to: 'if (waitMs > 86_400_000) {',
    by: [['test/send/restart-gate.test.ts']],
  },
  {
    name: 'restart: claims are not written again',
    file: 'src/send/restart-gate.ts',
    from: 'await this.#writeAgain(waitMs);',
    to: '',
    by: [['test/send/restart-gate.test.ts']],
  },
];

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const COPIED = [
  'src',
  'test',
  'bin',
  'scripts',
  'samples',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

const reportSchema = z.object({
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) }),
  ),
});

const asked = process.argv.slice(2);
const chosen = MUTATIONS.filter(
  ({ name }) => asked.length === 0 || asked.some((word) => name.includes(word)),
);
const tree = mkdtempSync(join(tmpdir(), 'sluice-mutate-'));
const problems: string[] = [];
try {
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  mkdirSync(join(tree, '.git'));
  for (const mutation of chosen) {
    const verdict = tryMutation(mutation);
    console.log(
      `${verdict.isKilled ? 'killed  ' : 'SURVIVED'} ${mutation.name}${verdict.by ? `\n           by: ${verdict.by}` : ''}`,
    );
    if (!verdict.isKilled) problems.push(mutation.name);
  }
} finally {
  rmSync(tree, { recursive: true, force: true });
}
console.log(`${chosen.length - problems.length} of ${chosen.length} mutants were killed`);
process.exitCode = problems.length > 0 || chosen.length === 0 ? 1 : 0;

function tryMutation({ file, from, to, by }: Mutation): { readonly isKilled: boolean; readonly by: string } {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  // Where the text is gone the rule is written otherwise now, and this list has to follow.
  if (source.split(from).length !== 2)
    return { isKilled: false, by: `the mutation does not fit ${file} any more` };
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  try {
    for (const [test, title] of by) {
      if (!existsSync(join(tree, test))) continue;
      const failed = failures(test, title);
      if (failed !== null) return { isKilled: true, by: failed };
    }
    return { isKilled: false, by: '' };
  } finally {
    writeFileSync(path, source);
  }
}

/** The first test that failed; null where none did. A run that fails without a failed test proves nothing. */
function failures(test: string, title: string | undefined): string | null {
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      test,
      `--root=${tree}`,
      '--reporter=json',
      `--outputFile=${report}`,
      '--bail=1',
      ...(title === undefined ? [] : ['-t', title]),
    ],
    { cwd: tree, stdio: 'ignore' },
  );
  if (!existsSync(report)) return null;
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return results.find(({ status }) => status === 'failed')?.fullName ?? null;
}
