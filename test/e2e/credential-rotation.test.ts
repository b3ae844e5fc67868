/**
 * A secret is rotated under load: senders with the old one, the new one, and those that change over. None is refused, also
 * where relayd is killed in between; and the old secret ends when it is told to. Then what is known of its use, and of failed logins.
 */
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SmtpTalk, UnexpectedReply, type Login } from './support/smtp-talk.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

interface Issued extends Login {
  readonly id: string;
}

/** A sender that opens a session for every few messages, with the login that it has at that time. */
class Sender {
  readonly #stage: Stage;
  login: Login;
  accepted = 0;
  readonly refused: string[] = [];
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(stage: Stage, login: Login) {
    this.#stage = stage;
    this.login = login;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        using session = await SmtpTalk.session({ port: this.#stage.relay.port, login: this.login });
        for (let count = 0; count < 3; count++) {
          await session.submitForId({
            from: `app@${SENDER_DOMAIN}`,
            to: `prompt@${RECIPIENT_DOMAIN}`,
            content: `From: app@${SENDER_DOMAIN}\r\nSubject: x\r\n\r\nx\r\n`,
          });
          this.accepted++;
        }
      } catch (error) {
        // A relayd that was killed answers nobody; what it refuses is another matter.
        if (error instanceof UnexpectedReply) this.refused.push(error.message);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}

it('both secrets are taken while they are valid, over a kill too, and the old one no longer', async () => {
  await using stage = await Stage.start();
  const { relay } = stage;
  const issued = await relay.ctl<Issued>('credential', 'add', '--name', 'busy');
  const senders = [1, 2, 3, 4].map(() => new Sender(stage, issued));
  for (const sender of senders) sender.start();
  const each = async (more: number, of = senders) => {
    const before = of.map(({ accepted }) => accepted);
    await eventually(() => of.every(({ accepted }, index) => accepted >= (before[index] ?? 0) + more));
  };
  await each(2);
  const rotated = await relay.ctl<Issued>('credential', 'rotate', 'busy', '--keep-old', '1h');
  await each(4);
  for (const sender of senders.slice(0, 2)) sender.login = rotated;
  await each(4);
  process.kill(relay.pid, 'SIGKILL');
  expect(await relay.ended()).toBe('SIGKILL');
  await relay.start();
  await each(4);
  for (const sender of senders) sender.login = rotated;
  await each(4);
  for (const sender of senders) await sender.stop();
  expect(senders.flatMap(({ refused }) => refused)).toEqual([]);

  using old = await SmtpTalk.session({ port: relay.port, login: issued });
  await relay.ctl('credential', 'rotate', 'busy', '--end-old');
  await old.closed();
  await expect(SmtpTalk.session({ port: relay.port, login: issued })).rejects.toThrow('535');
  await relay.stop();
  await relay.start();
  const shown = await relay.ctl<{ last_used: { address: string; tls: string; secret_at: string } }>(
    ...['credential', 'show', 'busy'],
  );
  expect(shown.last_used).toMatchObject({
    address: '127.0.0.1',
    tls: expect.stringMatching(/^TLSv1/) as string,
    secret_at: expect.any(String) as string,
  });
});

it('login list says who is blocked, and login clear ends it at once', async () => {
  await using stage = await Stage.start();
  const { relay } = stage;
  const { username, password } = await relay.ctl<Issued>('credential', 'add', '--name', 'guessed');
  const fails = async (user: string) => {
    try {
      using _session = await SmtpTalk.session({
        port: relay.port,
        login: { username: user, password: 'wrong' },
      });
      return '235';
    } catch (error) {
      return error instanceof UnexpectedReply ? String(error.reply.code) : undefined;
    }
  };
  expect(await fails('my-password')).toBe('535');
  await eventually(async () => (await fails(username)) === '454');
  const listed = async (...more: string[]) =>
    (await relay.ctlRaw(['login', 'list', '--json', ...more])).stdout;
  const all = await listed();
  expect(all).toContain(`"user":"${username}"`);
  expect(all).toMatch(/"address":"127\.0\.0\.1","user":null/);
  expect(all).not.toContain('my-password');
  expect(await listed('--user', 'my-password')).toContain('my-password');
  await relay.ctlRaw(['login', 'clear', '--all']);
  expect(await listed()).toBe('');
  using _in = await SmtpTalk.session({ port: relay.port, login: { username, password } });
  const { stdout: audit } = await relay.ctlRaw(['audit', 'list', '--json', '--limit', '5']);
  expect(audit).toContain('login clear');
});
