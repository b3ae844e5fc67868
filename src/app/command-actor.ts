/**
 * Who types a command of relayctl, and from where, for the audit log. The login name is the one that the kernel has kept since
 * the login, behind sudo and su too, where it keeps one; else what sudo says; else the user. The origin is the client of the SSH session, else the
 * terminal. It tells colleagues apart, and is no proof against somebody who may write the store anyway.
 */
import { formatActor } from '../policy/actor.ts';

export interface CommandActorFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file's text; `undefined`: it is not there, or not for this user. */
  readonly read: (path: string) => string | undefined;
  readonly readLink: (path: string) => string | undefined;
  /** Of the process. */
  readonly userName: string;
}

/** Processes above this one: shells, sudo, a multiplexer. */
const MOST_PARENTS = 16;
/** The kernel's for "nobody logged in". */
const NO_LOGIN = '4294967295';

export function commandActor(facts: CommandActorFacts): string {
  const origin = sshClient(facts) ?? terminal(facts);
  return formatActor({ kind: 'relayctl', name: loginName(facts), origin });
}

function loginName({ env, read, userName }: CommandActorFacts): string {
  const uid = read('/proc/self/loginuid')?.trim();
  if (uid !== undefined && /^\d+$/.test(uid) && uid !== NO_LOGIN) {
    const lines = (read('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'));
    const name = lines.find((fields) => fields[2] === uid)?.[0];
    if (name !== undefined && name !== '') return name;
  }
  const behindSudo = env['SUDO_USER'];
  return behindSudo === undefined || behindSudo === '' ? userName : behindSudo;
}

/** sudo takes the variable away: then a process above this one has it. */
function sshClient({ env, read }: CommandActorFacts): string | undefined {
  const own = env['SSH_CONNECTION'] ?? env['SSH_CLIENT'];
  if (own !== undefined) return addressOf(own);
  let pid = 'self';
  for (let depth = 0; depth < MOST_PARENTS; depth++) {
    // Behind the name of the program, which may have anything in it.
    const parent = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')[1];
    if (parent === undefined || !/^[1-9]\d*$/.test(parent) || parent === '1') return undefined;
    pid = parent;
    const found = (read(`/proc/${pid}/environ`) ?? '')
      .split('\0')
      .find((variable) => variable.startsWith('SSH_CONNECTION='));
    if (found !== undefined) return addressOf(found.slice(found.indexOf('=') + 1));
  }
  return undefined;
}

/** `192.0.2.1 51234 198.51.100.2 22` */
function addressOf(connection: string): string | undefined {
  return /^([0-9a-f.:]+)(?:%\w+)? /i.exec(connection)?.[1];
}

function terminal({ readLink }: CommandActorFacts): string | undefined {
  for (const fd of [0, 1, 2]) {
    const device = readLink(`/proc/self/fd/${fd}`) ?? '';
    if (/^\/dev\/(?:pts\/\d+|tty\w+)$/.test(device)) return device.slice('/dev/'.length);
  }
  return undefined;
}
