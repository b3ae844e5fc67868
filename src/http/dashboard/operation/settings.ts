/** `operation/settings`: every key of the configuration as it is in force, for administrators of the relay. Secrets are hidden. */
import { z } from 'zod';
import type { HttpApp } from '../../route-context.ts';
import { listOf } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';

const Settings = z.object({
  file: z.string().nullable().describe('null: no file was read, defaults and environment count'),
  settings: listOf(
    z.object({
      key: z.string(),
      value: z.string().describe('As TOML, or in words; `(secret)` for a secret'),
      source: z.string().describe('`default`, `relay.toml:12`, or a variable of the environment'),
      accepted: z.string().describe('What values there are, with their unit'),
      needs_restart: z.boolean().describe('A change of it counts after a restart, others after a reload'),
      waiting: z.string().nullable().describe('What was read since, and waits for a restart'),
      no_effect: z.string().nullable().describe('Why the key has no effect'),
    }),
  ),
});

export function registerSettingsRoutes(app: HttpApp, { settings }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/settings',
    config: { scope: 'admin', relayWide: true },
    schema: { operationId: 'readSettings', response: { 200: Settings } },
    handler() {
      const { file, settings: all } = settings();
      return {
        file: file ?? null,
        settings: all.map(({ key, text, source, accepted, takeOver, waiting, pending }) => ({
          ...{ key, value: text, source, accepted },
          needs_restart: takeOver === 'restart',
          waiting: waiting ?? null,
          no_effect: pending ?? null,
        })),
      };
    },
  });
}
