/** `relayctl credential add`: a login for an application, or a network that needs none. The secret is shown once. */
import { addCredential } from '../../admin/credentials/add.ts';
import { isRefusal, type AdminRefusal } from '../../admin/refusal.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf } from '../program/refusal.ts';
import { readCredential, warnOfMissingDomains, warnOfNetworks } from '../input/credential-input.ts';
import { readCertificate, warnOfNoListener } from '../input/certificate-input.ts';
import { LIMIT_OPTION } from '../input/limit-input.ts';
import { renderAccess } from '../views/credential-view.ts';
import { newCredentialJson } from '../../api-json/credential-json.ts';

export const credentialAdd: CommandSpec = {
  path: 'credential add',
  summary: 'Add a credential: a login, an API key, or a network that may send without login',
  details:
    'Kind smtp (the default) makes a user name and a password, kind api a key for the HTTP API; either is shown once ' +
    'and kept only as a hash. Kind network lets devices that cannot log in send from listed addresses.\n\n' +
    'With --certificate it makes no password: the client logs in by that TLS client certificate (AUTH EXTERNAL), at ' +
    'submission.listen_certificates. A file (PEM or DER) says when the certificate ends too; a SHA-256 fingerprint is ' +
    'enough. No authority is asked: this certificate counts, and nothing else of that name.\n\n' +
    'Scopes of an API key: send (also over SMTP, with the user name api), messages:read, suppressions, domains, ' +
    'webhooks, templates; admin is all of them.\n\n' +
    'Without --domain and --from it may send from every verified domain of the account.',
  options: [
    { flags: '--kind <kind>', meaning: 'smtp, api or network' },
    { flags: '--name <name>', meaning: 'what it is for: the application or device' },
    {
      flags: '--certificate <file-or-fingerprint>',
      meaning: 'smtp only: log in by this client certificate, without a password',
    },
    { flags: '--domain <domain>', meaning: 'may send from this domain only', repeats: true },
    { flags: '--from <address>', meaning: 'may send from this address only', repeats: true },
    { flags: '--scope <scope>', meaning: 'what it may do (default: send); see above', repeats: true },
    { flags: '--stream <stream>', meaning: 'stream of its messages (default: transactional)' },
    {
      flags: '--allow-ip <network>',
      meaning: 'may be used from this address or network only',
      repeats: true,
    },
    { flags: '--rate <messages>', meaning: 'messages a minute, such as 600 or 10/s' },
    { flags: '--daily-quota <recipients>', meaning: 'recipients a day (UTC)' },
    LIMIT_OPTION,
    { flags: '--expires <when>', meaning: 'after a span such as 90d, or at a time such as 2027-01-31' },
    { flags: '--require-tls', meaning: 'network only: refuse mail without TLS' },
    { flags: '--no-dsn', meaning: 'send no failure reports for its mail' },
    {
      flags: '--dsn-to <address>',
      meaning: 'address for failure reports, instead of the reverse-path',
    },
  ],
  examples: [
    { type: 'credential add --name wordpress', does: 'a login for an application' },
    {
      type: 'credential add --name web1 --certificate web1.crt',
      does: 'a login by client certificate',
    },
    {
      type: 'credential add --kind api --name shop --scope send --limit messages_per_hour=600 --expires 365d',
      does: 'a key for the HTTP API, with limits',
    },
    {
      type: 'credential add --kind network --name printers --allow-ip 10.1.2.0/24 --from scan@example.com',
      does: 'printers that cannot log in',
    },
  ],
  run: add,
};

async function add(context: CommandContext, { options }: CommandInput): Promise<void> {
  const admin = await adminContextWithBox(context);
  const account = await context.account();
  const certificate = options.text('certificate');
  const input = {
    ...readCredential(context, account, options),
    certificate: certificate === undefined ? undefined : await readCertificate(context, certificate),
  };
  const added = await addCredential(input, admin);
  if (isRefusal(added)) throw failureOf(added, hintsFor(added));
  const { credential, secret } = added;
  await warnOfMissingDomains(context, credential, input.domains);
  if (certificate !== undefined) warnOfNoListener(context);
  if (input.kind === 'network') warnOfNetworks(context, input.networks);
  if (context.global.json) context.printJson(newCredentialJson(credential, secret));
  else context.print(await renderAccess(context, credential, secret, 'Added'));
}

function hintsFor({ existing, field }: AdminRefusal) {
  if (existing === undefined) return {};
  return {
    conflict:
      field === 'certificate'
        ? `see it: relayctl credential show ${existing}`
        : `a new secret for it: relayctl credential rotate ${existing}`,
  };
}
