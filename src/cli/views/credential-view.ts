/** A credential for the eyes: how to use a new one, what an old one may do. */
import { limitWords, USAGE_LIMITS } from '../../policy/usage-limits.ts';
import type { UseRecord } from '../../policy/credential-use.ts';
import { certificateRows } from './certificate-view.ts';
import { useRows } from './credential-use-view.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { CommandContext } from '../program/command-context.ts';
import { visible } from '../../platform/visible-text.ts';
import { fullTime, relative } from '../output/time-words.ts';
import type { SubmissionListener } from '../program/services.ts';

/** What to type into the application. `secret`: shown here and never again. */
export async function renderAccess(
  context: CommandContext,
  credential: Credential,
  secret: string | undefined,
  done: string,
): Promise<string> {
  const { paint } = context;
  const { name, id, username, networks, kind, scopes } = credential;
  const sends = scopes.includes('send') || scopes.includes('admin');
  const head = `${paint.good(paint.sign.good)} ${done} ${kind} credential ${paint.bold(visible(name))} (${id}).`;
  const rows: [string, string][] = kind === 'api' ? [] : [['host', context.config.hostname]];
  rows.push(kind === 'api' ? ['API', apiWords(context)] : ['port', portWords(context, credential)]);
  if (username !== undefined) rows.push(['user name', paint.bold(username)]);
  if (credential.certificate !== undefined)
    rows.push(['login', 'by its client certificate: AUTH EXTERNAL, without a password']);
  for (const [label, text] of certificateRows(credential, undefined, context))
    rows.push([label, visible(text)]);
  if (secret !== undefined) {
    rows.push([kind === 'api' ? 'key' : 'password', paint.bold(secret)]);
    rows.push(['', paint.dim('shown only now; relayctl credential rotate makes a new one')]);
  }
  if (kind === 'api') {
    rows.push(['scopes', scopes.join(', ')]);
    if (sends)
      rows.push(['SMTP', `user name api, the key as password; port ${portWords(context, credential)}`]);
  }
  if (kind === 'network') rows.push(['from', networks.join(', ') + ' without a login']);
  if (kind !== 'api' || sends) rows.push(['may send', await senderWords(context, credential)]);
  const lines = rows.map(([label, text]) => `  ${paint.name(label.padEnd(10))} ${text}`);
  return `${head}\n\n${lines.join('\n')}\n`;
}

/** Where the API answers: as it is reached from outside, else the listeners. */
function apiWords(context: CommandContext): string {
  const { listen, listenTls, publicUrl } = context.config.http;
  if (publicUrl !== undefined) return publicUrl;
  const listeners = context.services.runningRelay(context.config)?.http ?? [
    ...listen.map((at) => ({ ...at, tls: false })),
    ...listenTls.map((at) => ({ ...at, tls: true })),
  ];
  const words = listeners.map(({ host, port, tls }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'https' : 'http'}://${name}:${port}`;
  });
  return words.length === 0 ? '(no listener is configured)' : words.join(', ');
}

/** Those that ask for certificates, for who has one; else the others. */
function portWords(context: CommandContext, { certificate }: Credential): string {
  const running = context.services.runningRelay(context.config)?.submission;
  const { listen, listenTls, listenCertificates } = context.config.submission;
  const all: readonly SubmissionListener[] = running ?? [
    ...listen.map((listener) => ({ ...listener, tls: 'starttls' as const })),
    ...listenTls.map((listener) => ({ ...listener, tls: 'implicit' as const })),
    ...listenCertificates.map((at) => ({ ...at, tls: 'implicit' as const, certificates: true as const })),
  ];
  const asks = certificate !== undefined;
  const listeners = all.filter(({ certificates = false }) => certificates === asks);
  const ports = (tls: SubmissionListener['tls']) => [
    ...new Set(listeners.filter((listener) => listener.tls === tls).map(({ port }) => port)),
  ];
  const words = [
    ...ports('starttls').map((port) => `${port} with STARTTLS`),
    ...ports('implicit').map((port) => `${port} with TLS (SSL)`),
  ];
  return words.length === 0 ? '(no listener is configured)' : words.join(', or ');
}

/** From which senders, in words that say what is missing. */
export async function senderWords(context: CommandContext, credential: Credential): Promise<string> {
  if (credential.fromAddresses.length > 0) return `from ${credential.fromAddresses.join(', ')}`;
  if (credential.domains.length > 0)
    return `from ${credential.domains.join(', ')}${await missingWords(context, credential)}`;
  const domains = await context.reader.listDomains(credential.accountId);
  const verified = domains.filter(({ verifiedAtMs }) => verifiedAtMs !== undefined).map(({ name }) => name);
  if (!context.config.submission.requireVerifiedDomain) return 'from any domain';
  if (verified.length > 0) return `from every verified domain of the account: ${verified.join(', ')}`;
  const first = domains[0]?.name;
  return first === undefined
    ? 'from nothing yet: relayctl domain add example.com'
    : `from nothing yet: relayctl domain verify ${first}`;
}

/** What the first of its domains that cannot send yet still needs; empty when all can. */
async function missingWords(
  { config, reader }: CommandContext,
  { accountId, domains }: Credential,
): Promise<string> {
  if (!config.submission.requireVerifiedDomain) return '';
  for (const name of domains) {
    const domain = await reader.findDomain(accountId, name);
    if (domain === undefined) return ` (first: relayctl domain add ${name})`;
    if (domain.verifiedAtMs === undefined) return ` (first: relayctl domain verify ${name})`;
  }
  return '';
}

/** All that is known of it, without a secret. */
export async function renderCredential(
  context: CommandContext,
  credential: Credential,
  use: UseRecord | undefined,
): Promise<string> {
  const { paint, nowMs } = context;
  const time = (atMs: number) => `${fullTime(atMs)} (${relative(atMs, nowMs)})`;
  const rows: [string, string | undefined][] = [
    ['id', credential.id],
    ['kind', credential.kind],
    ['account', credential.accountName],
    ['user name', credential.username],
    ...certificateRows(credential, use?.certificate, context),
    ['networks', credential.networks.length === 0 ? undefined : credential.networks.join(', ')],
    ['may send', await senderWords(context, credential)],
    ['scopes', credential.scopes.join(', ')],
    ['stream', credential.stream],
    [
      'rate',
      credential.ratePerMinute === undefined ? undefined : `${credential.ratePerMinute} messages a minute`,
    ],
    ['quota', credential.dailyQuota === undefined ? undefined : `${credential.dailyQuota} recipients a day`],
    ['limits', furtherLimits(credential)],
    ['TLS', credential.requireTls ? 'required' : undefined],
    ['reports', reportWords(credential)],
    ['expires', credential.expiresAtMs === undefined ? undefined : time(credential.expiresAtMs)],
    ['revoked', credential.revokedAtMs === undefined ? undefined : time(credential.revokedAtMs)],
    ['added', time(credential.createdAtMs)],
    ...useRows(credential, use, context),
  ];
  const lines = rows
    .filter((row): row is [string, string] => row[1] !== undefined)
    .map(([label, text]) => `  ${paint.name(label.padEnd(10))} ${visible(text)}`);
  return `${paint.bold(visible(credential.name))}\n${lines.join('\n')}\n`;
}

function furtherLimits({ limits = {} }: Credential): string | undefined {
  const words = USAGE_LIMITS.flatMap((name) => {
    const most = limits[name];
    return most === undefined ? [] : [limitWords(name, most)];
  });
  return words.length === 0 ? undefined : words.join(', ');
}

function reportWords({ sendDsn, dsnTo }: Credential): string | undefined {
  if (!sendDsn) return 'no failure reports are sent for its mail';
  return dsnTo === undefined ? undefined : `about its mail go to ${dsnTo}`;
}
