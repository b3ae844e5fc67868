/** `relayctl config show`: every key with the value in force and where it comes from. */
import { visible } from '../../platform/visible-text.ts';
import { explainConfig } from '../../config/explain.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';

export const configShow: CommandSpec = {
  path: 'config show',
  summary: 'Show every key of the configuration, its value and where it comes from',
  arguments: '[key]',
  details: 'Secrets are not shown. The keys are described in config/relay.toml.',
  options: [{ flags: '--changed', meaning: 'only values that differ from the default' }],
  examples: [
    { type: 'config show', does: 'everything' },
    { type: 'config show --changed', does: 'values that were set, and where' },
    { type: 'config show data_dir', does: 'one key' },
    { type: 'config show --json | jq \'.settings[] | select(.source != "default")\'', does: 'for a script' },
  ],
  run: showConfig,
};

function showConfig(context: CommandContext, { arguments: [key], options }: CommandInput): void {
  const { loaded, io, paint } = context;
  const all = explainConfig(loaded);
  const settings = all.filter(
    (setting) =>
      (key === undefined || setting.key === key || setting.key.startsWith(`${key}.`)) &&
      (!options.flag('changed') || setting.source !== 'default'),
  );
  if (key !== undefined && settings.length === 0 && !options.flag('changed'))
    throw notFound(`there is no key ${key}`, 'see all: relayctl config show');
  if (context.global.json) {
    context.printJson({
      file: loaded.file ?? null,
      settings: settings.map(({ key: name, value, source, pending }) => ({
        key: name,
        value,
        source,
        available: pending === undefined,
      })),
    });
    return;
  }
  context.print(
    paint.dim(`${visible(`file: ${loaded.file ?? 'none'}; data in ${loaded.config.dataDir}`)}\n`),
  );
  const table = renderTable(
    [
      { title: 'KEY', text: (setting) => setting.key },
      { title: 'VALUE', text: ({ text }) => text, shrinks: true },
      {
        title: 'FROM',
        text: ({ source, pending }) => (pending === undefined ? source : `${source} (not yet)`),
        brush: (text, { source }) => (source === 'default' ? paint.dim(text) : paint.name(text)),
        shrinks: true,
      },
    ],
    settings,
    { width: io.columns, paint },
  );
  context.print(table);
}
