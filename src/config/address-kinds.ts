/** Kinds of values that name somebody or some place: host names, mailboxes, URLs, ports, networks. */
import { isIP } from 'node:net';
import { isMailbox, formatMailbox, normalizeDomain, parseMailbox } from '../smtp/address.ts';
import { parseNetwork } from '../platform/network/cidr.ts';
import { parseHostPort, type HostPort } from '../platform/network/host-port.ts';
import { listOf, parsed, text, type Problem, type ValueKind } from './value-kind.ts';

/** A domain name; the lower-cased A-label form. */
export const hostnameKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'a host name such as "mail.example.com"',
  schema: parsed(text, (value) => {
    return nameOf(value) ?? { problem: 'is not a host name' };
  }),
};

/** `local-part@domain`. */
export const mailboxKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'an address such as "postmaster@example.com"',
  schema: parsed(text, (value) => {
    const mailbox = parseMailbox(value);
    return isMailbox(mailbox) ? formatMailbox(mailbox) : { problem: `is not an address: ${mailbox.problem}` };
  }),
};

/** An http or https address without a trailing slash. */
export const urlKind = urlOf('http or https', 'https://mail.example.com', (url, value) =>
  url.search !== '' || url.hash !== ''
    ? { problem: 'carries a query or a fragment' }
    : value.replace(/\/+$/, ''),
);

/** An http or https address without a path. */
export const originKind = urlOf('http or https', 'https://relay.example.com', (url) => {
  if (hasLogin(url)) return { problem: 'carries a user name or password' };
  return url.pathname === '/' && url.search === '' && url.hash === ''
    ? url.origin
    : { problem: 'carries a path: the dashboard is at /ui/ of a host' };
});

/** An http or https address that takes requests; it may have a query, and no password. */
export const receiverKind = urlOf('http or https', 'https://alerts.example.com/mail', (url) => {
  if (hasLogin(url)) return { problem: 'carries a user name or password' };
  return url.hash === '' ? url.href : { problem: 'carries a fragment' };
});

/** An https address without a password. */
export const httpsUrlKind = urlOf('https', 'https://acme.example.com/directory', (url) =>
  hasLogin(url) ? { problem: 'carries a user name or password' } : url.href,
);

/** Listeners: `host:port`, port 0 for any free one. */
export const listenKind = listOf<HostPort>(
  'host:port such as "0.0.0.0:587" or "[::]:587", or a list of them',
  (value) => {
    const hostPort = readHostPort(value, undefined);
    return hostPort ?? { problem: `has "${value}", which is not host:port` };
  },
);

/** Host names; lower-cased A-labels. */
export const hostNamesKind = namesKind('a host name', 'mail.example.com');

/** Domains by name, in any case; none is allowed. */
export const domainsKind = namesKind('a domain', 'gmail.com');

/** DNS servers by address, port 53 when none is written. */
export const serversKind = listOf<HostPort>(
  'address:port such as "192.0.2.53:53" or "[2001:db8::53]:53", or a list of them',
  (value) => {
    const hostPort = readHostPort(value, 53);
    if (hostPort === undefined || hostPort.port === 0)
      return { problem: `has "${value}", which is not address:port` };
    return isIP(hostPort.host) === 0
      ? { problem: `has "${value}", which is a name and not an address` }
      : hostPort;
  },
);

/** Networks in CIDR notation; a bare address is a network of one. */
export const networksKind = listOf<string>(
  'an address or network such as "192.0.2.7" or "10.0.0.0/8", or a list of them',
  (value) => {
    return parseNetwork(value) === undefined
      ? { problem: `has "${value}", which is neither an address nor a network` }
      : value;
  },
);

function namesKind(what: string, example: string): ValueKind<readonly string[]> {
  return listOf<string>(
    `${what} such as "${example}", or a list of them`,
    (value) => nameOf(value) ?? { problem: `has "${value}", which is not ${what}` },
  );
}

/** The lower-cased A-label form; `undefined`: no name of a domain or host. */
function nameOf(value: string): string | undefined {
  return value.startsWith('[') ? undefined : normalizeDomain(value);
}

function urlOf(
  schemes: 'https' | 'http or https',
  example: string,
  read: (url: URL, value: string) => string | Problem,
): ValueKind<string> {
  const protocols = schemes === 'https' ? ['https:'] : ['http:', 'https:'];
  return {
    writtenAs: 'text',
    accepted: `an address such as "${example}"`,
    schema: parsed(text, (value) => {
      const url = URL.parse(value);
      if (url === null || !protocols.includes(url.protocol))
        return { problem: `is not an ${schemes} address` };
      return read(url, value);
    }),
  };
}

function hasLogin(url: URL): boolean {
  return url.username !== '' || url.password !== '';
}

/** `undefined`: not host:port, or the host is neither an address nor a domain name. */
function readHostPort(written: string, defaultPort: number | undefined): HostPort | undefined {
  const parsed = parseHostPort(written, defaultPort);
  if (parsed === undefined || isIP(parsed.host) !== 0) return parsed;
  const name = normalizeDomain(parsed.host);
  return name === undefined ? undefined : { host: name, port: parsed.port };
}
