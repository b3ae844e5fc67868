/** The link of an invitation: it goes to the terminal alone, never to a log. */
import type { Invitation } from '../../admin/people/people.ts';
import { personJson } from '../../api-json/person-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { formatHostPort, reachableHost } from '../../platform/network/host-port.ts';
import { visible } from '../../platform/visible-text.ts';
import { isLoopback } from '../../platform/network/ip-address.ts';
import type { CommandContext } from '../program/command-context.ts';

/** What was done before, in a sentence. */
export function printInvitation(
  { person, token, untilMs }: Invitation,
  done: string,
  context: CommandContext,
): void {
  const url = dashboardUrl(context);
  // Behind the #: browsers keep it to themselves.
  const link = `${url ?? 'http://HOST'}/ui/invite#${token}`;
  if (context.global.json) {
    context.printJson({ ...personJson(person), invite_url: link, invite_expires_at: timestamp(untilMs) });
    return;
  }
  context.print(`${visible(done)} This link sets a password, once, within an hour:\n\n  ${link}\n`);
  if (url === undefined)
    context.note(
      'nothing listens at this machine itself: set dashboard.url to the https address of the relay',
    );
  else if (context.config.dashboard.url === undefined)
    context.note(
      'it is reached from this machine alone; from elsewhere: set dashboard.url, or ssh -L 8080:127.0.0.1:8080 HOST',
    );
}

/** As the running relay listens, else as it is configured. `undefined`: nobody can reach it. */
function dashboardUrl({ config, services }: CommandContext): string | undefined {
  if (config.dashboard.url !== undefined) return config.dashboard.url;
  const clear = services.runningRelay(config)?.http?.filter(({ tls }) => !tls) ?? config.http.listen;
  const own = clear
    .map(({ host, port }) => ({ host: reachableHost(host), port }))
    .find(({ host }) => isLoopback(host) || host === 'localhost');
  return own && `http://${formatHostPort(own)}`;
}
