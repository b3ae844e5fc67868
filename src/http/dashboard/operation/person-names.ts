/** `operation/person-names`: whose the ids of people are that the audit log names, for administrators of the relay. */
import { z } from 'zod';
import type { HttpApp } from '../../route-context.ts';
import { listOf } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';

/** Of more people the rest are shown by their ids. */
const MOST = 2_000;

export function registerPersonNamesRoutes(app: HttpApp, { reader }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/person-names',
    config: { scope: 'admin', relayWide: true },
    schema: {
      operationId: 'listPersonNames',
      response: { 200: z.object({ data: listOf(z.object({ id: z.string(), email: z.string() })) }) },
    },
    async handler() {
      const people = await reader.listPeople();
      return { data: people.slice(0, MOST).map(({ id, email }) => ({ id, email })) };
    },
  });
}
