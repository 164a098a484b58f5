import { z } from 'zod';
import type { Desk } from '../../desk/desk.ts';
import { projectChangeSchema } from '../../desk/project-form.ts';
import { guard, profile, profiles, project, projects } from './answers/senders.ts';
import { authorOf, nameParams, signature } from './input.ts';
import { operation, type Route } from './operation.ts';

const tag = 'senders';
const profileForm = z.strictObject({
  from: z
    .string()
    .max(512)
    .meta({ description: 'With or without a display name: Example News <news@example.com>' }),
  replyTo: z.array(z.string().max(320)).max(10).default([]),
  unsubscribe: z
    .string()
    .max(2_000)
    .default('sluice')
    .meta({ description: '`sluice`, `none`, or the template of a URL of your own' }),
  oneClick: z.boolean().exactOptional().meta({
    description: 'Whether a URL of your own takes the POST of one click (RFC 8058); true where it is missing',
  }),
  ...signature,
});

export function senderRoutes({ senders }: Desk): Route[] {
  return [
    operation({
      id: 'listProfiles',
      method: 'GET',
      url: '/v1/profiles',
      tag,
      summary: 'List sender profiles',
      answers: { 200: profiles },
      handle: async () => ({ items: [...(await senders.profiles())] }),
    }),
    operation({
      id: 'setProfile',
      method: 'PUT',
      url: '/v1/profiles/:name',
      tag,
      summary: 'Set up a sender profile',
      description:
        'One that is there already is replaced as a whole. It holds for the next batch of every campaign that is running.',
      params: nameParams,
      body: profileForm,
      answers: { 200: profile },
      handle: ({ params: { name }, body: { by, reason, ...form }, ...call }) =>
        senders.setProfile({ name, ...form }, authorOf(call, { by, reason })),
    }),
    operation({
      id: 'removeProfile',
      method: 'DELETE',
      url: '/v1/profiles/:name',
      tag,
      summary: 'Remove a sender profile',
      params: nameParams,
      query: z.strictObject(signature),
      answers: { 200: profile },
      errors: [404, 409],
      handle: ({ params, query, ...call }) => senders.removeProfile(params.name, authorOf(call, query)),
    }),
    operation({
      id: 'listProjects',
      method: 'GET',
      url: '/v1/projects',
      tag,
      summary: 'List projects, with what is used of their limits',
      answers: { 200: projects },
      handle: async () => ({ items: [...(await senders.projects())] }),
    }),
    operation({
      id: 'setProject',
      method: 'PATCH',
      url: '/v1/projects/:name',
      tag,
      summary: 'Set a project up, or change it',
      description: 'Changes what is named and nothing else; null takes a setting away.',
      params: nameParams,
      body: z.strictObject({ ...projectChangeSchema.shape, ...signature }),
      answers: { 200: project },
      errors: [409],
      handle: ({ params, body: { by, reason, ...change }, ...call }) =>
        senders.setProject(params.name, change, authorOf(call, { by, reason })),
    }),
    operation({
      id: 'getGuard',
      method: 'GET',
      url: '/v1/guard',
      tag,
      summary: 'Bounces and complaints against their limits',
      query: z.strictObject({ project: z.string().max(64).exactOptional() }),
      answers: { 200: guard },
      handle: ({ query }) => senders.guard(query.project),
    }),
  ];
}
