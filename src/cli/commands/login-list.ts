/** `relayctl login list`: failed logins and blocks, as the running relayd knows them. */
import type { LoginsReport } from '../../control/protocol.ts';
import { clientHost } from '../../platform/network/client-network.ts';
import { visible } from '../../platform/visible-text.ts';
import { blockedForMs } from '../../policy/login-block.ts';
import { THROTTLE_MEMORY_MS, throttleKeyHash } from '../../policy/login-throttle.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { CliFailure } from '../program/cli-failure.ts';
import { askedLogins, readLogin, type AskedLogin } from '../input/login-input.ts';
import { renderTable } from '../output/table.ts';
import { relative, timestamp } from '../output/time-words.ts';

type Login = LoginsReport['logins'][number];

export const loginList: CommandSpec = {
  path: 'login list',
  summary: 'List failed logins and blocks',
  details:
    'Blocks first. Failures fade: half of them in ten minutes. A user name is shown only where there is such a user, or where it is ' +
    'given: people type passwords in its place. Elsewhere there is its hash, as in the log (user_hash).\n\n' +
    'What was noted before relayd was started is known by its hash alone; --address and --user find it. Without relayd, that is all ' +
    'there is.',
  options: [
    { flags: '--address <address>', meaning: 'of this client (IPv6: of its /64)' },
    { flags: '--user <name>', meaning: 'of this user name' },
  ],
  examples: [
    { type: 'login list', does: 'who is blocked, and who fails' },
    { type: 'login list --address 192.0.2.7', does: 'why a client is refused' },
    { type: 'login list --json', does: 'the same for a script' },
  ],
  run: listLogins,
};

async function listLogins(context: CommandContext, { options }: CommandInput): Promise<void> {
  const asked = readLogin(options);
  const { logins, more } = await report(context, asked);
  if (context.global.json) {
    for (const login of logins) await context.printJsonLine(loginJson(login));
    return;
  }
  if (logins.length === 0) {
    context.note('No login failed lately.');
    return;
  }
  const { nowMs, paint } = context;
  const table = renderTable(
    [
      {
        title: 'ADDRESS',
        text: (login) => login.address ?? (login.hashed ? '(hash only)' : ''),
        shrinks: true,
      },
      { title: 'USER', text: userWords, shrinks: true },
      { title: 'FAILURES', text: ({ failures }) => String(failures) },
      { title: 'LAST', text: ({ lastAtMs }) => relative(lastAtMs, nowMs) },
      {
        title: 'BLOCKED',
        text: ({ blockedUntilMs }) =>
          blockedUntilMs === undefined ? 'no' : `ends ${relative(blockedUntilMs, nowMs)}`,
        brush: (text, { blockedUntilMs }) => (blockedUntilMs === undefined ? text : paint.warn(text)),
      },
    ],
    logins,
    { width: context.io.columns, paint },
  );
  context.print(table);
  if (more > 0) context.note(`and ${more} more`);
}

/** As relayd has it; where it does not run, as it is stored. */
async function report(context: CommandContext, asked: AskedLogin): Promise<LoginsReport> {
  const answer = await askedLogins(context, { operation: 'logins', ...asked });
  return answer ?? (await stored(context, asked));
}

async function stored(context: CommandContext, asked: AskedLogin): Promise<LoginsReport> {
  const { reader, services, config, nowMs } = context;
  const { address, user } = asked;
  if (!services.storeExists(config)) throw new CliFailure('not-found', 'there is no store yet');
  const box = await services.openSecretBox(config);
  const hash = throttleKeyHash(box.hmacs);
  const wanted = {
    address: address === undefined ? [] : hash(clientHost(address)),
    user: user === undefined ? [] : hash(user),
  };
  const isAll = address === undefined && user === undefined;
  const logins = (await reader.loginRecords(nowMs - THROTTLE_MEMORY_MS))
    .filter((record) => record.failures > 0)
    .filter(({ kind, key }) => isAll || (kind !== 'pair' && wanted[kind].includes(key)))
    .map((record): Login => {
      const blockMs = blockedForMs(record, nowMs);
      return {
        ...(isAll || record.kind === 'pair' ? {} : { [record.kind]: asked[record.kind] }),
        hashed: true,
        failures: Math.round(record.failures),
        lastAtMs: record.atMs,
        blockedUntilMs: blockMs > 0 ? nowMs + blockMs : undefined,
      };
    });
  return { logins: logins.toReversed(), more: 0 };
}

function userWords({ user, userHash }: Login): string {
  return user !== undefined ? visible(user) : userHash === undefined ? '' : `hash ${userHash}`;
}

function loginJson({ address, user, userHash, failures, lastAtMs, blockedUntilMs }: Login) {
  return {
    address: address ?? null,
    user: user ?? null,
    user_hash: userHash ?? null,
    failures,
    last_failure_at: timestamp(lastAtMs),
    blocked_until: timestamp(blockedUntilMs),
  };
}
