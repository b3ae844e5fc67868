/** Bind errors with their remedy. */
import { formatHostPort, type HostPort } from '../../platform/network/host-port.ts';

/** Example ports that need no privilege, by configuration key. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'submission.listen': '"0.0.0.0:2587"',
  'submission.listen_tls': '"0.0.0.0:2465"',
  'submission.listen_certificates': '"0.0.0.0:2466"',
  'inbound.listen': '"0.0.0.0:2525"',
  'acme.listen': '"0.0.0.0:8081"',
  'http.listen': '"127.0.0.1:8080"',
  'http.listen_tls': '"0.0.0.0:8443"',
  'http.public_listen': '"127.0.0.1:8081"',
  'http.public_listen_tls': '"0.0.0.0:9443"',
};

/** `code` from the system: `EACCES`, `EADDRINUSE`, `EADDRNOTAVAIL`, ... */
export class BindError extends Error {
  readonly code: string;
  readonly at: HostPort;
  /** `keys`: the configuration keys of the ports, such as `inbound.listen`. */
  constructor(at: HostPort, keys: string, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'UNKNOWN';
    super(`cannot listen on ${formatHostPort(at)}: ${explain(code, at, keys, cause)}`, { cause });
    this.code = code;
    this.at = at;
  }
}

function explain(code: string, at: HostPort, keys: string, cause: Error): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return (
        `port ${at.port} needs a privilege. Either listen on ports from 1024 on (${examples(keys)}), ` +
        'or run under systemd with AmbientCapabilities=CAP_NET_BIND_SERVICE or a .socket unit (docs/operations.md), ' +
        `or let Node.js bind low ports: sudo setcap cap_net_bind_service=+ep ${process.execPath}`
      );
    case 'EADDRINUSE':
      return (
        `something else listens there, another server perhaps (see: ss -ltnp 'sport = :${at.port}'). ` +
        `Stop it, or choose other ports with ${keys}`
      );
    case 'EADDRNOTAVAIL':
      return `${at.host} is not an address of this machine`;
    default:
      return cause.message;
  }
}

function examples(keys: string): string {
  return keys
    .split(' and ')
    .map((key) => `${key} = [${EXAMPLES[key] ?? '"0.0.0.0:2525"'}]`)
    .join(', ');
}
