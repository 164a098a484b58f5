import type { Desk } from '../../desk/desk.ts';
import { overview } from './answers/overview.ts';
import { operation, type Route } from './operation.ts';

export function operationRoutes(desk: Desk): Route[] {
  return [
    operation({
      id: 'getOverview',
      method: 'GET',
      url: '/v1/overview',
      tag: 'operations',
      summary: 'Everything at a glance',
      description: 'What runs, at which rate, what is held, and what wants a person first.',
      answers: { 200: overview },
      handle: () => desk.overview(),
    }),
  ];
}
