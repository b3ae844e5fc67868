/** The running relay, told hostile texts by clients and by the servers that it delivers to: its log and its records. */
import { describe, expect, test } from 'vitest';
import { SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { SmtpTalk } from '../e2e/support/smtp-talk.ts';
import { eventually } from '../support/eventually.ts';

const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const EVIL = 'x\u001bcEVIL\u009b31m\u202e\u2028y';

/** What relayd says beside its log when it starts for the first time. */
const FIRST_START = /^$|^Postern|^Next|^ {2}npx/;

describe.each(['text', 'json'])('a log in %s', (format) => {
  test('has nothing in it that a terminal obeys, and one line for each event', async () => {
    await using stage = await Stage.start({
      config: { log: { format, level: 'debug' } },
      mx: {
        respond: (command) =>
          command.startsWith('RCPT') ? { raw: Buffer.from(`550 5.1.1 no ${EVIL} user\r\n`) } : undefined,
      },
    });
    const { port } = stage.relay;
    const stranger = await SmtpTalk.session({ port, login: { username: EVIL, password: 'x' } }).catch(
      () => undefined,
    );
    expect(stranger).toBeUndefined();

    const session = await stage.session();
    const from = `shop@${SENDER_DOMAIN}`;
    const id = await session.submitForId({
      from,
      to: 'a@recipient.test',
      content: `From: <${from}>\r\nSubject: =?utf-8?q?${encoded(EVIL)}?=\r\n\r\nx\r\n`,
    });
    await session.quit();
    await stage.settled(id);
    await eventually(() => stage.relay.log().includes('EVIL'), { what: 'a hostile text in the log' });

    const log = stage.relay.log();
    expect(OBEYED.exec(log)).toBeNull();
    const lines = log.split('\n').filter((line) => !FIRST_START.test(line));
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines)
      if (format === 'json') expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) as string });
      else expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (?:debug|info |warn |error) /);

    for (const command of ['show', 'trace']) {
      const { stdout } = await stage.relay.ctlRaw(['message', command, id]);
      expect(stdout).toContain('EVIL');
      expect(OBEYED.exec(stdout)).toBeNull();
    }
  });
});

function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
