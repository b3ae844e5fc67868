/** `relayctl credential add`: a login for an application, or a network that needs none. The secret is shown once. */
import { base32, makeId } from '../../platform/ids.ts';
import { makeSecret } from '../../platform/secret-box.ts';
import type { Credential } from '../../store/records.ts';
import { CliFailure, usage } from '../cli-failure.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { readCredentialFacts } from '../credential-input.ts';
import { renderAccess } from '../credential-view.ts';
import { newCredentialShape } from '../../shape/credential-shape.ts';

export const credentialAdd: CommandSpec = {
  path: 'credential add',
  summary: 'Add a login for an application, or a network that may send without one',
  details:
    'Kind smtp (the default) makes a user name and a password, shown once and kept only as a hash. Kind network lets ' +
    'devices that cannot log in send from listed addresses.\n\n' +
    'Without --domain and --from it may send from every verified domain of the account.',
  options: [
    { flags: '--kind <kind>', meaning: 'smtp or network (api comes with the HTTP API)' },
    { flags: '--name <name>', meaning: 'what it is for: the application or device' },
    { flags: '--domain <domain>', meaning: 'may send from this domain only', repeats: true },
    { flags: '--from <address>', meaning: 'may send from this address only', repeats: true },
    { flags: '--scope <scope>', meaning: 'what it may do (default: send)', repeats: true },
    { flags: '--stream <stream>', meaning: 'stream of its messages (default: transactional)' },
    {
      flags: '--allow-ip <network>',
      meaning: 'may be used from this address or network only',
      repeats: true,
    },
    { flags: '--rate <messages>', meaning: 'messages a minute, such as 600 or 10/s' },
    { flags: '--daily-quota <recipients>', meaning: 'recipients a day (UTC)' },
    { flags: '--expires <when>', meaning: 'after a span such as 90d, or at a time such as 2027-01-31' },
    { flags: '--require-tls', meaning: 'network only: refuse mail without TLS' },
    { flags: '--no-dsn', meaning: 'send no failure reports for its mail' },
    {
      flags: '--dsn-to <address>',
      meaning: 'send failure reports for its mail there, not to the envelope sender',
    },
  ],
  examples: [
    { type: 'credential add --name wordpress', does: 'a login for an application' },
    {
      type: 'credential add --name shop --domain shop.example --rate 600 --expires 365d',
      does: 'a login with limits',
    },
    {
      type: 'credential add --kind network --name printers --allow-ip 10.1.2.0/24 --from scan@example.com',
      does: 'printers that cannot log in',
    },
  ],
  run: addCredential,
};

const NAME_SUFFIX_CHARS = 6;
const MAX_NAME_CHARS = 64;

async function addCredential(context: CommandContext, { options }: CommandInput): Promise<void> {
  const name = options.text('name');
  if (name !== undefined && (name.length > MAX_NAME_CHARS || /[\p{Cc}]/u.test(name)))
    throw usage(`--name takes at most ${MAX_NAME_CHARS} characters on one line`);
  const writer = await context.writer();
  const account = context.account();
  const facts = readCredentialFacts(context, account, options);
  if (name !== undefined) refuseTaken(context, account.id, name);

  const { services, nowMs } = context;
  const suffix = base32(services.random.bytes(8)).slice(0, NAME_SUFFIX_CHARS);
  const username = facts.kind === 'smtp' ? `${userNameStem(name)}-${suffix}` : undefined;
  const secret = facts.kind === 'smtp' ? makeSecret(services.random) : undefined;
  const credential: Credential = {
    ...facts,
    id: makeId('crd_', nowMs, services.random),
    name: name ?? username ?? `${facts.kind}-${suffix}`,
    username,
    secretHash: secret === undefined ? undefined : services.openSecretBox(context.config).hmac(secret),
    revokedAtMs: undefined,
    createdAtMs: nowMs,
  };
  await writer.directory.addCredential(credential, services.actor);
  if (context.global.json) context.printJson(newCredentialShape(credential, secret));
  else context.print(renderAccess(context, credential, secret, 'Added'));
}

/** Letters, digits and hyphens: what every client can be configured with, and still says whose it is. */
function userNameStem(name: string | undefined): string {
  const stem = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return stem === '' ? 'smtp' : stem;
}

function refuseTaken({ reader }: CommandContext, accountId: string, name: string): void {
  const existing = reader.findCredential(accountId, name);
  if (existing === undefined || existing.revokedAtMs !== undefined) return;
  throw new CliFailure('conflict', `there is a credential ${name} already`, {
    hint: `a new password for it: relayctl credential rotate ${existing.id}`,
  });
}
