/** `relayctl route test`: what would happen to an address, and why. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { outlookFor } from '../route-outlook.ts';
import { outlookJson, renderOutlook } from '../views/route-outlook-view.ts';

export const routeTest: CommandSpec = {
  path: 'route test',
  summary: 'Say what would happen to mail to an address, and why',
  arguments: '<address>',
  details:
    'Which route decides and which do not, the MX hosts or the smart host, the sources, the limits (docs/shaping.md), the fallback, and what stands in the way ' +
    'at this moment. Asks DNS and the store, and connects to nobody: relayctl doctor does. Also of a configuration that is not in ' +
    'force yet: --config new.toml.',
  options: [{ flags: '--stream <stream>', meaning: 'for mail of this stream (default: transactional)' }],
  examples: [
    { type: 'route test alice@example.org', does: 'for ordinary mail of the account "default"' },
    { type: 'route test alice@example.org --account shop --stream broadcast', does: 'for its newsletters' },
    { type: 'route test example.org --json | jq -r .route', does: 'the name of the route, for a script' },
  ],
  run: testRoute,
};

async function testRoute(
  context: CommandContext,
  { arguments: [to = ''], options }: CommandInput,
): Promise<void> {
  const outlook = await outlookFor(context, to, options.text('stream'));
  if (context.global.json) context.printJson(outlookJson(context, outlook));
  else context.print(renderOutlook(context, outlook));
}
