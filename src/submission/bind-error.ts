/** Why a port could not be opened, in words that say what to do about it. */
import type { HostPort } from '../config/config.ts';

/** `code` is that of the system: `EACCES`, `EADDRINUSE`, `EADDRNOTAVAIL`, ... */
export class BindError extends Error {
  readonly code: string;
  readonly at: HostPort;
  constructor(at: HostPort, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'UNKNOWN';
    super(`cannot listen on ${formatHostPort(at)}: ${explain(code, at, cause)}`, { cause });
    this.code = code;
    this.at = at;
  }
}

/** `192.0.2.1:587`, `[::]:587`. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function explain(code: string, at: HostPort, cause: Error): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return (
        `port ${at.port} needs a privilege. Either listen on ports from 1024 on ` +
        '(submission.listen = ["0.0.0.0:2587"], submission.listen_tls = ["0.0.0.0:2465"]), ' +
        'or run under systemd with AmbientCapabilities=CAP_NET_BIND_SERVICE or a .socket unit, ' +
        `or let Node.js bind low ports: sudo setcap cap_net_bind_service=+ep ${process.execPath}`
      );
    case 'EADDRINUSE':
      return (
        `something else listens there, another mail server perhaps (see: ss -ltnp 'sport = :${at.port}'). ` +
        'Stop it, or choose other ports with submission.listen and submission.listen_tls'
      );
    case 'EADDRNOTAVAIL':
      return `${at.host} is no address of this machine`;
    default:
      return cause.message;
  }
}
