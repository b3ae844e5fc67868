/** `relayctl config check`: what relayd would say about its configuration, without starting it. */
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandSpec } from '../command-spec.ts';

export const configCheck: CommandSpec = {
  path: 'config check',
  summary: 'Check the configuration: file, line, key and accepted values of every fault',
  details:
    'Reads the same file and environment as relayd and says the same. Exits with 1 when relayd would not start.',
  examples: [
    { type: 'config check', does: 'the configuration that relayd would use here' },
    { type: 'config check --config /etc/postern/relay.toml', does: 'a certain file' },
    {
      type: 'config check --config new.toml && cp new.toml /etc/postern/relay.toml',
      does: 'before it is put in place',
    },
  ],
  run: checkConfig,
};

function checkConfig(context: CommandContext): void {
  const { services, config, loaded } = context;
  const { file } = loaded;
  const warnings = [...loaded.warnings, ...services.rightsWarnings(loaded)];
  // A key is made at the first start, not here.
  if (services.storeExists(config)) services.openSecretBox(config);
  if (context.global.json) {
    context.printJson({ ok: true, file: file ?? null, warnings });
    return;
  }
  const { paint } = context;
  for (const warning of warnings) context.print(`${paint.warn('warning:')} ${visible(warning)}`);
  const what = file ?? 'there is no file, the defaults';
  context.print(`${paint.good(paint.sign.good)} ${what}${file === undefined ? ' hold' : ' is right'}.`);
}
