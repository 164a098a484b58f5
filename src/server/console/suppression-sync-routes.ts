import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { InputFault } from '../../core/fault.ts';
import type { SeenRun } from '../../suppression/sync-book.ts';
import { authorOf, readFields } from './console-form.ts';
import { figure, time } from './figures.ts';
import { checkField, selectField, textField } from './form-fields.ts';
import { type Html, html, type Part } from './html.ts';
import { sendLive } from './live.ts';
import { page } from './page.ts';
import type { PageContext } from './page-context.ts';
import {
  badge,
  confirmButton,
  confirmForm,
  csrfField,
  emptyState,
  facts,
  liveFragment,
  panel,
  problemList,
  type Tone,
  table,
} from './parts.ts';
import { type ConsoleTools, contextOf, sendPage } from './tools.ts';
import { type Refused, tried } from './tried.ts';
import { frameWords } from './words/frame.ts';
import { suppressionSyncWords } from './words/suppression-sync.ts';

const PATH = '/suppression/sync';

const Form = z.object({
  direction: z.enum(['both', 'fromSes', 'toSes']).catch('both'),
  dryRun: z.string().default(''),
});

/** `/suppression/sync`: begins, follows and stops a sync with SES's own list. */
export async function suppressionSyncRoutes(app: FastifyInstance, tools: ConsoleTools): Promise<void> {
  const { suppression } = tools.desk;
  app.get(PATH, async (request, reply) => show(reply, contextOf(request, tools), tools));
  app.get(`${PATH}/live`, (request, reply) =>
    sendLive(request, reply, tools, {
      topic: 'suppression-sync',
      fragments: async (context) => ({ run: runFragment(context, await lastRun(tools)) }),
    }),
  );
  app.post(PATH, async (request, reply) => {
    const context = contextOf(request, tools);
    const { direction, dryRun } = readFields(request.body, Form);
    const order = {
      fromSes: direction !== 'toSes',
      toSes: direction !== 'fromSes',
      dryRun: dryRun !== '',
    };
    const end = await tried(async () => suppression.beginSync(order, authorOf(request, context)));
    return end.kind === 'done' ? reply.redirect(PATH, 303) : show(reply, context, tools, end);
  });
  app.get(`${PATH}/stop`, async (request, reply) => {
    const context = contextOf(request, tools);
    const { title } = suppressionSyncWords[context.language];
    const body = stopQuestion(context);
    return sendPage(reply, context, page(context, { title, section: 'suppression', body }));
  });
  app.post(`${PATH}/stop`, async (request, reply) => {
    const context = contextOf(request, tools);
    const end = await tried(async () => suppression.stopSync(authorOf(request, context)));
    return end.kind === 'done' ? reply.redirect(PATH, 303) : show(reply, context, tools, end);
  });
}

/** Null where there was none. */
async function lastRun({ desk }: ConsoleTools): Promise<SeenRun | null> {
  try {
    return await desk.suppression.sync();
  } catch (thrown) {
    if (thrown instanceof InputFault && thrown.kind === 'missing') return null;
    throw thrown;
  }
}

async function show(reply: FastifyReply, context: PageContext, tools: ConsoleTools, refused?: Refused) {
  const words = suppressionSyncWords[context.language];
  const run = await lastRun(tools);
  const body = html`${refused !== undefined && problemList(context, refused.problems)}
<p class="prose">${words.intro}</p>
${runFragment(context, run)}
${panel(words.title, beginForm(context))}`;
  const parts = { title: words.title, section: 'suppression', body, live: `${PATH}/live` } as const;
  return sendPage(reply, context, page(context, parts), refused?.status);
}

function beginForm(context: PageContext): Html {
  const words = suppressionSyncWords[context.language];
  const frame = frameWords[context.language];
  return html`<form method="post" action="${PATH}" class="stack">${csrfField(context)}
${selectField({
  name: 'direction',
  label: words.direction,
  options: [
    ['both', words.both],
    ['fromSes', words.fromSes],
    ['toSes', words.toSes],
  ],
})}
${checkField({ name: 'dryRun', label: words.dryRun, isOn: true })}
${textField({ name: 'reason', label: html`${frame.reason} <span class="muted">(${frame.optional})</span>`, hint: frame.reasonHint })}
<div class="row"><button class="main">${words.button}</button> <a class="button plain" href="/suppression">${frame.goBack}</a></div></form>`;
}

function stopQuestion(context: PageContext, refused?: Refused): Html {
  const words = suppressionSyncWords[context.language];
  return confirmForm(context, {
    title: words.stopTitle,
    body: words.staysRest,
    action: `${PATH}/stop`,
    label: words.stop,
    look: 'danger',
    reason: 'optional',
    back: PATH,
    problems: refused?.problems,
  });
}

const TONES: Readonly<Record<SeenRun['state'], Tone>> = {
  running: 'good',
  done: 'good',
  stopped: 'warn',
  failed: 'bad',
  lost: 'bad',
};

function runFragment(context: PageContext, run: SeenRun | null): Html {
  const words = suppressionSyncWords[context.language];
  const body = run === null ? emptyState(words.none) : runBody(context, run);
  return liveFragment('run', panel(words.run, body), run === null ? undefined : words.states[run.state]);
}

function runBody(context: PageContext, run: SeenRun): Html {
  const words = suppressionSyncWords[context.language];
  const isPart = run.state !== 'running' && run.state !== 'done' && !run.dryRun;
  return html`${facts([
    [words.state, badge(TONES[run.state], words.states[run.state])],
    [words.kind, run.dryRun ? words.dry : words.real],
    [words.by, run.by],
    ...(run.reason === null ? [] : [[words.reason, run.reason] as const]),
    [words.began, time(context, run.beganAt)],
    [words.heard, time(context, run.heardAt)],
  ])}
${run.why !== null && html`<p lang="en">${run.why}</p>`}${isPart && html`<p>${words.staysRest}</p>`}
${counts(context, run)}
${run.state === 'running' && confirmButton({ href: `${PATH}/stop`, label: words.stopButton, look: 'danger' })}`;
}

function counts(context: PageContext, { dryRun, fromSes, toSes }: SeenRun): Html {
  const words = suppressionSyncWords[context.language];
  const rows: Part[][] = [];
  const row = (label: string, count: NonNullable<SeenRun['fromSes' | 'toSes']>, refused: number) => {
    const figures = [count.read, count.added, count.already, count.simulator, refused];
    rows.push([label, ...figures.map((each) => figure(context, each))]);
  };
  if (fromSes) row(words.fromSes, fromSes, fromSes.invalid);
  if (toSes) row(words.toSes, toSes, toSes.refused);
  return table(
    words.counts,
    [
      { label: words.side },
      { label: words.read, isFigure: true },
      { label: dryRun ? words.wouldBeAdded : words.added, isFigure: true },
      { label: words.already, isFigure: true },
      { label: words.simulator, isFigure: true },
      { label: words.refused, isFigure: true },
    ],
    rows,
    { showCaption: true },
  );
}
