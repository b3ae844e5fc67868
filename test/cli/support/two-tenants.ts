/**
 * Two accounts with something of every kind each, and an id of everything that one of them has. What a command says and does with
 * an id of the other account is compared with what it says and does with an id that nobody has.
 */
import { createHash } from 'node:crypto';
import type { RawRows } from '../../conformance/store/engine.ts';
import type { CliStage, Ran } from './cli-stage.ts';

export type Kind =
  | 'account'
  | 'message'
  | 'delivery'
  | 'credential'
  | 'login'
  | 'domain'
  | 'webhook'
  | 'template'
  | 'named'
  | 'stream'
  | 'suppressed'
  | 'event'
  | 'report'
  | 'refused'
  | 'recipient'
  | 'sender'
  | 'subject'
  | 'tag';

export type Belongings = Readonly<Record<Kind, string>>;

/** Something of every kind, with the account's name in all of it. Resolves to the ids. */
export async function furnish(stage: CliStage, account: string): Promise<Belongings> {
  const run = async (...args: string[]) =>
    (await stage.json(...args, '--account', account)) as Readonly<Record<string, string>>;
  const { id: accountId } = (await stage.json('account', 'add', account)) as { id: string };
  const [domain, recipient] = [`${account}.example`, `reader@${account}-readers.example`];
  await run('domain', 'add', domain);
  await run('stream', 'add', `${account}-stream`);
  const credential = await run('credential', 'add', '--name', `${account}-login`);
  const webhook = await run('webhook', 'add', '--url', `https://${domain}/hook`);
  stage.files[`${account}.txt`] = `Hello from ${account}`;
  const template = await run(
    'template',
    'add',
    `${account}-letter`,
    '--text',
    `${account}.txt`,
    '--subject',
    account,
  );
  const suppressed = `gone@${account}-readers.example`;
  await run('suppression', 'add', suppressed);
  const facts = {
    ...{
      accountId,
      credentialId: credential['id'],
      reversePath: `news@${domain}`,
      headerFrom: `news@${domain}`,
    },
    ...{ subject: `Letter of ${account}`, tags: [`${account}-tag`], signingDomain: domain },
  };
  const message = await stage.accept({ ...facts, recipients: [recipient] });
  const nowMs = stage.clock.now();
  const refused = `msg_01refused${account}`;
  await stage.store.refusals.keepRefused({
    ...{
      id: refused,
      accountId,
      credentialId: 'crd_x',
      via: 'smtp',
      client: '192.0.2.1',
      refusedAtMs: nowMs,
    },
    ...{ reversePath: `a@${domain}`, recipients: [recipient], recipientCount: 1, reply: '550 5.7.1 no' },
    ...{ fix: undefined, headerFrom: undefined, subject: account, leftOut: 0 },
    headers: Buffer.from(`Subject: ${account}\r\n\r\n`),
  });
  const report = `rpt_01${account}`;
  await stage.store.reports.keepReport({
    ...{
      id: report,
      accountId,
      receivedAtMs: nowMs,
      kind: 'bounce',
      form: 'dsn',
      recipient,
      messageId: message,
    },
    ...{ client: '192.0.2.1', why: 'no token', reading: undefined },
    headers: Buffer.from(`Subject: ${account}\r\n\r\n`),
  });
  const events = (await stage.jsonLines('events', '--message', message)) as readonly { id: string }[];
  return {
    ...{ account, message, delivery: `${message.replace('msg_', 'dlv_')}-1`, credential: credential['id']! },
    ...{ login: `${account}-login`, domain, webhook: webhook['id']!, template: template['id']! },
    ...{
      named: `${account}-letter`,
      stream: `${account}-stream`,
      suppressed,
      event: events[0]!.id,
      report,
      refused,
    },
    ...{ recipient, sender: `news@${domain}`, subject: `Letter of ${account}`, tag: `${account}-tag` },
  };
}

/** The same in kind and form, and nobody has it. */
export function nowhere(of: Belongings): Belongings {
  const entries = Object.entries(of).map(([kind, value]) => {
    const id = /^([a-z]{3}_)([0-9a-z]+)(.*)$/.exec(value);
    if (kind === 'event') return [kind, `evt_${'9'.repeat(value.length - 4)}`];
    if (id === null) return [kind, value.replaceAll(of.account, 'nobody')];
    const other = createHash('sha256').update(value).digest('hex').slice(0, 10);
    return [kind, `${id[1]}${id[2]!.slice(0, -10)}${other}${id[3]}`];
  });
  const none = Object.fromEntries(entries) as Belongings;
  return { ...none, delivery: `${none.message.replace('msg_', 'dlv_')}-1` };
}

/** `args` with `{kind}` replaced. */
export function filled(args: readonly string[], own: Belongings, their: Belongings): string[] {
  return args.map((arg) =>
    arg.replace(
      /\{(own )?(\w+)\}/g,
      (_, isOwn: string | undefined, kind: string) => (isOwn === undefined ? their : own)[kind as Kind],
    ),
  );
}

/** What was said, with the ids that were asked for taken out. */
export function saidOf({ code, out, err }: Ran, asked: Belongings): string {
  const names = Object.entries(asked).sort(([, a], [, b]) => b.length - a.length);
  return names.reduce(
    (text, [kind, value]) => text.replaceAll(value, `{${kind}}`),
    `${code}\n${out}\n${err}`,
  );
}

/** All rows of the account but those of the audit log, which say what somebody tried in another. */
export async function rowsOf(raw: RawRows, { account }: Belongings): Promise<string> {
  const [row] = await raw.all(`SELECT id, public_id FROM account WHERE name = '${account}'`);
  const { id, public_id: publicId } = row as Readonly<Record<string, unknown>>;
  const kept: string[] = [];
  for (const table of await raw.tables()) {
    if (table.startsWith('audit')) continue;
    for (const one of await raw.all(`SELECT * FROM ${table}`)) {
      const columns = one as Readonly<Record<string, unknown>>;
      const text = JSON.stringify(columns, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      const isOf =
        String(columns['account_id']) === String(id) ||
        text.includes(account) ||
        text.includes(String(publicId));
      if (isOf) kept.push(`${table} ${text}`);
    }
  }
  return kept.sort().join('\n');
}
