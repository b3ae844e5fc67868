/** `relayctl db migrate`: the schema of the store as this program has it. */
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { storeUrlOf } from '../input/store-url.ts';

export const dbMigrate: CommandSpec = {
  path: 'db migrate',
  summary: "Bring the store's schema up to date",
  details:
    'relayd does so by itself at its start. On PostgreSQL nodes of the release before may go on meanwhile, and the command is ' +
    'for a relayd whose user may not make tables: name the owner of the schema with --url-file. On SQLite relayd has to be ' +
    'stopped.',
  options: [
    {
      flags: '--url <url>',
      meaning: 'the same database by another user (visible to other users of this machine)',
    },
    { flags: '--url-file <file>', meaning: 'a file with that URL' },
  ],
  examples: [
    { type: 'db migrate', does: 'as the user of store.url, or in data_dir' },
    { type: 'db migrate --url-file /root/owner-url', does: 'by the owner of the schema' },
  ],
  run: migrate,
};

async function migrate(context: CommandContext, { options }: CommandInput): Promise<void> {
  const { services, config, paint } = context;
  const url = await storeUrlOf(context, options.text('url'), options.text('url-file'), '--url');
  const { store, from, to } = await services.database.migrate(config, url);
  // Of another store than the configured one, its first relayd says that it started.
  if (url === undefined && from > 0 && from !== to) {
    const { audit } = await context.writer();
    const entry = { atMs: context.nowMs, actor: services.actor, action: 'db migrate' };
    await audit.noteAudit({ ...entry, subject: `schema ${from} to ${to}` });
  }
  if (context.global.json) {
    context.printJson({ store, from_schema: from, schema: to });
    return;
  }
  const words = from === to ? `has schema ${to} already` : `schema ${from} is schema ${to} now`;
  context.print(`${paint.good(paint.sign.good)} ${visible(store)}: ${words}`);
}
