/**
 * What strangers and tenants write is shown, and nothing obeys it: on the terminal, in logs, in replies, in JSON. Every
 * command of relayctl is run on a store full of hostile texts, and with a hostile text for each argument.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/program/command-list.ts';
import { createLog } from '../../src/platform/log.ts';
import { visible } from '../../src/platform/visible-text.ts';
import { CliStage, type Terminal } from '../cli/support/cli-stage.ts';
import { zoneResolver } from '../support/dns-zone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { fillStore, HOSTILE, type HostileStore } from './support/hostile-store.ts';

const OBEYED =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40/;
/** The colours that relayctl has. */
const PAINT = /\u001b\[(?:1|2|22|31|32|33|36|39)m/g;

/** No octet that a terminal obeys, no line that somebody else began, and the text itself is there. */
function expectShown(text: string, isDocument = false): void {
  expect(text).not.toContain('\u001b[31mEVIL');
  expect(OBEYED.exec(text.replace(PAINT, ''))).toBeNull();
  if (!isDocument) expect(text).not.toMatch(/^\W*FORGED/m);
}

describe('relayctl', () => {
  let stage: CliStage;
  let stored: HostileStore;
  beforeAll(async () => {
    stage = new CliStage();
    stored = await fillStore(stage);
    const state = { name: 'egress', ok: false, sinceMs: 1, detail: HOSTILE, remedy: HOSTILE };
    await stage.store.findings.recordChecks([state], 1);
    stage.surroundings = {
      localAddress: () => Promise.resolve('192.88.1.7'),
      resolver: zoneResolver({ '192.88.1.7': { ptr: [HOSTILE] } }),
      trySmartHost: () => Promise.resolve({ kind: 'failed', stage: 'auth', reason: HOSTILE }),
      fileRights: () => [`/data/${HOSTILE} is open; fix: chmod 600 ${HOSTILE}`],
    };
    const route = { name: 'x', match: { account: HOSTILE }, action: 'relay', host: '192.0.2.1' };
    stage.env['RELAY_ROUTE'] = JSON.stringify([route]);
    stage.env['RELAY_SOURCE'] = JSON.stringify([{ name: 'out', address: '192.0.2.1' }]);
    await stage.store.egress.limitSource({
      ...{ source: 'out', provider: HOSTILE, atMs: stage.clock.now(), class: 'reputation' },
      reply: HOSTILE,
    });
    stage.certificate = {
      cert: undefined,
      key: undefined,
      hostname: 'mail.example.net',
      user: 'postern',
      certificate: undefined,
      failure: undefined,
      issued: [
        {
          name: 'mail.example.net',
          certificate: undefined,
          failure: { detail: HOSTILE, remedy: HOSTILE },
          nextOrderMs: 0,
        },
      ],
    };
    stage.files = {
      'hostile.eml': REPORT,
      'rows.csv': `address\n${HOSTILE}\n"a\u001b@b.c"\n`,
      'page.html': `{% if ${HOSTILE}`,
      'relay.toml': `"${visible(HOSTILE).replaceAll('\\', '\\\\')}" = 1\nhostname = "EVIL\\u001b"\n`,
    };
  });
  afterAll(async () => await stage.dispose());

  /** By command: what is typed after it. Those that change something come with an argument that is refused. */
  const typed: Readonly<Record<string, (store: HostileStore) => readonly (readonly string[])[]>> = {
    'account add': () => [[HOSTILE]],
    'account list': () => [[]],
    'account resume': () => [[HOSTILE], ['default', '--stream', HOSTILE]],
    'account show': () => [[HOSTILE], ['default']],
    'account change': () => [
      [HOSTILE, '--limit', 'messages_per_day=1'],
      ['default', '--limit', HOSTILE],
      ['default', '--health', HOSTILE],
      ['default', '--health', `hold_bounces=${HOSTILE}`],
    ],
    'account remove': () => [
      [HOSTILE, '--yes'],
      ['default', '--yes'],
    ],
    'audit list': () => [[], [HOSTILE], ['--actor', HOSTILE], ['--action', HOSTILE], ['--subject', HOSTILE]],
    'audit verify': () => [[HOSTILE], ['--head', HOSTILE]],
    'account suspend': () => [[HOSTILE], ['default', '--reason', HOSTILE]],
    'certificate renew': () => [[HOSTILE]],
    'certificate show': () => [[]],
    completion: () => [[HOSTILE]],
    'config check': () => [
      ['--config', HOSTILE],
      ['--config', 'relay.toml'],
    ],
    'config show': () => [[HOSTILE], ['--config', 'relay.toml']],
    'credential add': () => [
      ['--name', HOSTILE],
      ['--name', 'x', '--domain', HOSTILE],
      ['--name', 'x', '--from', HOSTILE],
      ['--name', 'x', '--scope', HOSTILE],
      ['--name', 'x', '--stream', HOSTILE],
      ['--name', 'x', '--allow-ip', HOSTILE],
      ['--name', 'x', '--rate', HOSTILE],
      ['--name', 'x', '--expires', HOSTILE],
      ['--name', 'x', '--certificate', HOSTILE],
      ['--kind', HOSTILE],
      [`--${HOSTILE}`],
    ],
    'credential change': ({ credentialId }) => [
      [`crd_${HOSTILE}`],
      [credentialId, '--add-domain', HOSTILE],
      [credentialId, '--remove-from', HOSTILE],
      [credentialId, '--add-scope', HOSTILE],
    ],
    'credential list': () => [[], ['--account', HOSTILE]],
    'credential revoke': () => [[HOSTILE.slice(1)], [`crd_${HOSTILE}`]],
    'credential rotate': ({ credentialId }) => [[`crd_${HOSTILE}`], [credentialId, '--certificate', HOSTILE]],
    'credential show': ({ credentialId }) => [[credentialId], [`crd_${HOSTILE}`]],
    'data-key show': () => [[], [HOSTILE]],
    'data-key rotate': () => [[HOSTILE]],
    'data-key forget': () => [[HOSTILE]],
    'db backup': () => [[`/nowhere/${HOSTILE}/x.db`]],
    'db check': () => [[HOSTILE]],
    'db compact': () => [[HOSTILE]],
    erase: () => [
      [HOSTILE],
      ['alice@example.org', '--dry-run'],
      ['alice@example.org', '--cancel', '--verify'],
    ],
    'db copy': () => [
      ['--to', `postgres://${HOSTILE}@127.0.0.1:1/x`],
      ['--to', `sqlite:/nowhere/${HOSTILE}`],
      ['--to-file', HOSTILE],
    ],
    'db migrate': () => [
      ['--url-file', HOSTILE],
      ['--url', `postgres://127.0.0.1:1/${HOSTILE}`],
    ],
    'destination list': () => [[HOSTILE]],
    'destination resume': () => [[HOSTILE]],
    'destination show': () => [[HOSTILE]],
    'destination suspend': () => [[HOSTILE]],
    'domain add': () => [[HOSTILE]],
    'domain list': () => [[HOSTILE]],
    'domain remove': () => [[HOSTILE]],
    'domain show': () => [[HOSTILE]],
    'domain verify': () => [[HOSTILE]],
    'domain change': () => [
      [HOSTILE, '--rotate-every', '180d'],
      ['a.example', '--rotate-every', HOSTILE],
    ],
    'domain rotate-dkim': () => [[HOSTILE], [HOSTILE, '--cancel']],
    'domain zone': () => [[HOSTILE]],
    'login list': () => [[], ['--user', HOSTILE], ['--address', HOSTILE]],
    'login clear': () => [
      ['--user', HOSTILE],
      ['--address', HOSTILE],
    ],
    doctor: () => [[], [HOSTILE]],
    events: () => [
      ['--server'],
      ['--server', '--after', HOSTILE],
      [],
      ['--message', HOSTILE],
      ['--type', HOSTILE],
      ['--after', HOSTILE],
      ['--limit', HOSTILE],
    ],
    health: () => [[], [HOSTILE]],
    'message list': () => [
      ...[[], ['--before', HOSTILE], ['--state', HOSTILE], ['--limit', HOSTILE], ['--since', HOSTILE]],
      ...['search', 'recipient', 'sender', 'subject', 'message-id', 'reply'].map((name) => [
        `--${name}`,
        HOSTILE,
      ]),
    ],
    'message raw': () => [[HOSTILE]],
    'message show': ({ messageId }) => [[messageId], [HOSTILE]],
    'message trace': ({ messageId }) => [[messageId], [HOSTILE]],
    'node drain': () => [[HOSTILE], [`--${HOSTILE}`]],
    'node list': () => [[], [`--${HOSTILE}`]],
    'node remove': () => [[HOSTILE]],
    'operator show': () => [[], [HOSTILE]],
    'operator test': () => [[], [HOSTILE]],
    'queue cancel': () => [[HOSTILE], ['--destination', HOSTILE]],
    'queue hold': () => [[HOSTILE]],
    'queue list': () => [[], ['--state', HOSTILE]],
    'queue release': () => [[HOSTILE]],
    'queue reroute': () => [
      [HOSTILE, '--route', 'direct'],
      ['--destination', HOSTILE, '--route', HOSTILE],
    ],
    'queue retry': () => [[HOSTILE]],
    'queue summary': () => [[HOSTILE]],
    quickstart: () => [[HOSTILE, '--yes']],
    'report apply': () => [[HOSTILE], ['--message', HOSTILE]],
    'report explain': () => [['hostile.eml'], [HOSTILE]],
    'report list': () => [[], ['--before', HOSTILE], ['--limit', HOSTILE]],
    'report show': ({ reportId }) => [[reportId], [HOSTILE]],
    'route list': () => [[], [HOSTILE]],
    'route show': () => [['x'], [HOSTILE]],
    'route test': () => [[HOSTILE], ['alice@example.org', '--stream', HOSTILE]],
    send: () => [
      ['--from', HOSTILE, '--to', HOSTILE],
      ['--from', 'a@shop.example', '--to', HOSTILE],
      ['--timeout', HOSTILE],
    ],
    'source list': () => [[], [HOSTILE]],
    'source resume': () => [[HOSTILE]],
    'source show': () => [['out'], [HOSTILE]],
    'source suspend': () => [[HOSTILE], ['out', '--reason', HOSTILE]],
    stats: () => [
      ['--by', 'stream'],
      ['--by', HOSTILE],
      ['--from', HOSTILE],
      ['--last', HOSTILE],
    ],
    status: () => [[]],
    'stream add': () => [[HOSTILE]],
    'user add': () => [[`${HOSTILE}@example.org`], ['carol@example.org', '--name', HOSTILE]],
    'user list': () => [[]],
    'user show': () => [[HOSTILE], ['usr_1']],
    'user change': () => [
      [HOSTILE, '--suspend'],
      ['usr_1', '--name', 'x'],
      ['usr_1', '--unlink-identity'],
    ],
    'user invite': () => [[HOSTILE], ['usr_2']],
    'user remove': () => [[HOSTILE]],
    'stream list': () => [[]],
    'stream show': () => [[HOSTILE], ['broadcast']],
    'stream change': () => [
      [HOSTILE, '--title', HOSTILE],
      ['broadcast', '--header', HOSTILE, '--pool', HOSTILE],
    ],
    'stream remove': () => [[HOSTILE]],
    'suppression add': () => [[HOSTILE]],
    'suppression check': () => [['alice@example.org'], [HOSTILE]],
    'suppression export': () => [
      ['--format', 'json'],
      ['--format', HOSTILE],
    ],
    'suppression import': () => [['rows.csv'], [HOSTILE]],
    'suppression list': () => [[], ['--account', `${HOSTILE}x`]],
    'suppression remove': () => [[HOSTILE]],
    'template add': () => [
      [HOSTILE, '--html', 'page.html'],
      ['x', '--html', 'page.html'],
      ['x', '--html', HOSTILE],
    ],
    'template list': () => [['--account', HOSTILE + 'x']],
    'template remove': () => [[HOSTILE]],
    'template render': () => [['welcome'], [HOSTILE], ['welcome', '--set', HOSTILE]],
    'template show': () => [['welcome'], [HOSTILE]],
    'webhook add': () => [
      ['--url', HOSTILE],
      ['--url', 'https://a.example/', '--event', HOSTILE],
    ],
    'webhook change': () => [[HOSTILE]],
    'webhook list': () => [[]],
    'webhook pause': () => [[HOSTILE]],
    'webhook remove': () => [[HOSTILE]],
    'webhook replay': ({ webhookId }) => [[HOSTILE], [webhookId, '--event', HOSTILE]],
    'webhook resume': () => [[HOSTILE]],
    'webhook rotate': () => [[HOSTILE]],
    'webhook show': ({ webhookId }) => [[webhookId], [HOSTILE]],
    'webhook test': () => [[HOSTILE]],
  };

  test('has a line here for every command', () => {
    expect(Object.keys(typed).toSorted()).toEqual(COMMANDS.map(({ path }) => path).toSorted());
  });

  const terminals: readonly (readonly [string, readonly string[], Terminal])[] = [
    ['in a pipe', [], {}],
    ['on a terminal with colours', [], { columns: 120, color: true }],
    ['as JSON', ['--json'], {}],
  ];
  describe.each(Object.keys(typed))('%s', (command) => {
    test.each(terminals)('shows what is hostile, %s', async (_, more, terminal) => {
      let all = '';
      for (const args of typed[command]?.(stored) ?? []) {
        const { out, err, code } = await stage.run([...command.split(' '), ...args, ...more], terminal);
        expectShown(out, /^template (?:show|render)|^report show/.test(command));
        expectShown(err);
        if (more.length > 0) {
          const text = code === 0 ? out : err;
          for (const line of text.trimEnd().split('\n')) JSON.parse(line === '' ? '{}' : line);
        }
        all += out + err;
      }
      expect(all).toContain(String.raw`\u001b[31mE`);
    });
  });

  test('asks without obeying', async () => {
    const { err } = await stage.run(['suppression', 'remove', 'alice@example.org'], { answer: 'n' });
    expectShown(err);
  });

  test('says the same in JSON as before', async () => {
    expect(await stage.json('message', 'show', stored.messageId)).toMatchObject({
      subject: HOSTILE,
      tags: [HOSTILE],
      metadata: { [HOSTILE]: HOSTILE },
    });
  });
});

/** A report whose every field is hostile. */
const REPORT = [
  'From: MAILER-DAEMON@b.c',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
  '',
  '--x',
  'Content-Type: text/plain',
  '',
  'no',
  '--x',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; b\u001b[2J.c',
  '',
  'Final-Recipient: rfc822; x\u001bcEVIL@b.c',
  'Action: failed',
  'Status: 5.1.1',
  'Remote-MTA: dns; mx\u009b31m.b.c',
  'Diagnostic-Code: smtp; 550 5.1.1 \u202eno\u001b]0;owned\u0007 such user',
  '',
  '--x',
  'Content-Type: message/rfc822',
  '',
  'Subject: \u001b[31mred\u202e',
  'Message-ID: <\u009b1@b.c>',
  '',
  'x',
  '--x--',
  '',
].join('\r\n');

describe('the log', () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const options = { level: 'debug', clock: new VirtualClock(0), write } as const;

  test.each(['x\u001bcRESET@b.c', 'a\u009b31mb', 'abc\u202efdp.exe', 'one\r\ntwo', HOSTILE])(
    'is one line of text with %j in it, which can be read back',
    (text) => {
      lines.length = 0;
      createLog({ ...options, format: 'text' }).info('report', { recipient: text, list: [text], ok: 1 });
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/[^ -~]/);
      const shown = / recipient=(\S+|"(?:[^"\\]|\\.)*") list=/.exec(lines[0] ?? '')?.[1] ?? '';
      expect(JSON.parse(shown.startsWith('"') ? shown : `"${shown}"`)).toBe(text);
    },
  );

  test('is one line of JSON that says the same', () => {
    lines.length = 0;
    createLog({ ...options, format: 'json' }).warn('report', { recipient: HOSTILE, list: [HOSTILE] });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[^ -~]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ recipient: HOSTILE, list: [HOSTILE] });
  });

  test('leaves what is harmless as it is', () => {
    lines.length = 0;
    createLog({ ...options, format: 'text' }).info('accepted', {
      id: 'msg_1',
      from: 'jörg@example.org',
      n: 2,
    });
    expect(lines).toEqual(['00:00:00.000 info  accepted id=msg_1 from=jörg@example.org n=2']);
  });
});
