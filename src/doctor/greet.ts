/**
 * Connects to a mail host, reads the first line of its greeting, sends QUIT and leaves. It sends nothing else and waits for
 * nothing but the greeting.
 */
import { connect } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import type { GreetingOutcome } from '../policy/checks/egress.ts';

/** The host may wait with its greeting, to see who talks first. */
const WAIT_MS = 10_000;
/** A reply line is shorter (RFC 5321 §4.5.3.1.5). */
const MOST_OCTETS = 512;
const SHOWN = 200;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EADDRNOTAVAIL: 'the address that it would leave from is not of this machine',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'no answer in time',
};

/** Never rejects. `address`: the caller has checked that it may be connected to. `localAddress`: default as the system chooses. */
export function greet(
  address: string,
  port: number,
  clock: Clock,
  localAddress?: string,
): Promise<GreetingOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(localAddress !== undefined && { localAddress }) });
    let heard = '';
    let connected = false;
    const end = (outcome: GreetingOutcome) => {
      timer.cancel();
      // After it QUIT may still leave; whatever comes is not read.
      socket.destroySoon();
      resolve(outcome);
    };
    const silent = (reason: string) => end({ kind: 'silent', reason });
    const timer = clock.after(WAIT_MS, () => {
      silent(connected ? 'it is connected to, but does not greet' : 'no answer in time');
      socket.destroy();
    });
    socket.once('connect', () => (connected = true));
    socket.on('data', (octets: Buffer) => {
      heard += octets.toString('latin1').slice(0, MOST_OCTETS - heard.length);
      const line = /^(?:(\d{3})[ -]?)?(.*?)\r?\n/.exec(heard);
      if (line === null) {
        if (heard.length >= MOST_OCTETS) silent('what answers does not speak SMTP');
        return;
      }
      const [whole, code] = line;
      if (code === undefined) {
        silent('what answers does not speak SMTP');
        return;
      }
      socket.end('QUIT\r\n');
      end({ kind: 'greeted', code: Number(code), text: whole.trim().slice(0, SHOWN) });
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      silent(REASONS[error.code ?? ''] ?? error.code ?? 'it cannot be connected to'),
    );
    socket.once('close', () => silent('it ended the connection without a greeting'));
  });
}
