/** `relayctl quickstart` in process: questions and their flags, the configuration that it leaves alone, what it says and makes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { zoneResolver } from '../support/dns-zone.ts';
import { CliFailure } from '../../src/cli/program/cli-failure.ts';
import { CliStage } from './support/cli-stage.ts';

const FILE = '/srv/relay.toml';
const COMMENTED =
  '# mine\n#hostname = "mail.example.com"\n\n[inbound]\n#listen = []\n#postmaster = "x@example.com"\n';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  delete stage.env['RELAY_HOSTNAME'];
});
afterEach(() => stage.dispose());

const yes = (...args: string[]) => ['quickstart', 'shop.example', '--dkim', 'rsa', '--yes', ...args];

describe('the questions', () => {
  it('asks on a terminal what no flag says, and again where the answer cannot be meant', async () => {
    const { out, err } = await stage.run(['quickstart', 'shop.example', '--dkim', 'rsa'], {
      answers: ['not a name!', 'relay.shop.example', 'me@other.example', '', 'n'],
    });
    expect(err).toContain('Host name of this machine (DNS and EHLO) [mail.shop.example]: ');
    expect(err).toContain('not a name! is not a domain name');
    expect(err).toContain('Wait up to 10 minutes for the DNS records?');
    expect(stage.files[FILE]).toContain('hostname = "relay.shop.example"');
    expect(stage.files[FILE]).toContain('postmaster = "me@other.example"');
    expect(out).toContain('bounces.shop.example. 3600 IN MX 10 relay.shop.example.');
  });

  it('asks nothing with --yes, and takes the defaults', async () => {
    const { err } = await stage.run(yes(), { answers: ['relay.shop.example'] });
    expect(err).not.toContain('?');
    expect(stage.files[FILE]).toContain('hostname = "mail.shop.example"');
  });

  it('takes the name of a machine that is named in the domain', async () => {
    stage.env['RELAY_HOSTNAME'] = 'mx1.shop.example';
    expect(await stage.run(yes('--json')).then(({ out }) => JSON.parse(out) as object)).toMatchObject({
      hostname: 'mx1.shop.example',
      configuration: { differs: [] },
    });
  });

  it('refuses what is no domain before it makes anything', async () => {
    const { code, err } = await stage.run(['quickstart', 'me@shop.example', '--yes']);
    expect([code, err]).toEqual([2, expect.stringContaining('type the part after the @: shop.example')]);
    expect(stage.files).toEqual({});
  });
});

describe('a configuration that is there', () => {
  it('stays as it is, and what differs is shown', async () => {
    const text = 'hostname = "old.shop.example"\n';
    stage.files = { [FILE]: text };
    const { out } = await stage.run([
      'quickstart',
      'shop.example',
      '--dkim',
      'rsa',
      '--hostname',
      'new.shop.example',
      '--postmaster',
      'me@other.example',
    ]);
    expect(stage.files[FILE]).toBe(text);
    expect(out).toContain('- hostname = "old.shop.example"\n      + hostname = "new.shop.example"');
    expect(out).toContain(`${FILE} has hostname = "old.shop.example", which is kept`);
    expect(out.replace(/\s+/g, ' ')).toContain('or repeat with --yes or --edit-config');
    // The records are those of the relay as it is configured.
    expect(out).toContain('a:old.shop.example');
  });

  it.each([
    ['--yes', yes('--postmaster', 'me@other.example'), undefined],
    [
      '--edit-config',
      ['quickstart', 'shop.example', '--dkim', 'rsa', '--edit-config', '--postmaster', 'me@other.example'],
      undefined,
    ],
    [
      'consent on the terminal',
      [
        'quickstart',
        'shop.example',
        '--dkim',
        'rsa',
        '--postmaster',
        'me@other.example',
        '--hostname',
        'mail.shop.example',
        '--to',
        'x@other.example',
      ],
      ['y', 'n'],
    ],
  ])('gets the lines that it lacks with %s, and keeps the rest', async (_name, args, answers) => {
    stage.files = { [FILE]: COMMENTED };
    await stage.run(args, answers === undefined ? {} : { answers });
    expect(stage.files[FILE]).toBe(
      '# mine\nhostname = "mail.shop.example"\n\n[inbound]\nlisten = ["0.0.0.0:25","[::]:25"]\npostmaster = "me@other.example"\n',
    );
  });

  it('that cannot be written is shown, unless --edit-config asks for it', async () => {
    stage.files = { [FILE]: COMMENTED };
    stage.writeFailure = new CliFailure('failed', `${FILE} cannot be written: EROFS`);
    const { out, err } = await stage.run(yes());
    expect(err).toContain('cannot be written: EROFS');
    expect(out).toContain('+ hostname = "mail.shop.example"');
    expect((await stage.run(yes('--edit-config'))).code).toBe(1);
    expect(stage.files[FILE]).toBe(COMMENTED);
  });

  it('lacks nothing that holds without it', async () => {
    const text = '# mine\n';
    stage.files = { [FILE]: text };
    const { out } = await stage.run(yes('--hostname', 'machine.example', '--json'));
    expect(JSON.parse(out)).toMatchObject({ configuration: { written: false, differs: [] } });
    expect(stage.files[FILE]).toBe(text);
  });

  it('is not changed without consent', async () => {
    stage.files = { [FILE]: COMMENTED };
    await stage.run(['quickstart', 'shop.example', '--dkim', 'rsa']);
    expect(stage.files[FILE]).toBe(COMMENTED);
    await stage.run(['quickstart', 'shop.example', '--hostname', 'mail.shop.example'], {
      answers: ['', '', 'n', 'n'],
    });
    expect(stage.files[FILE]).toBe(COMMENTED);
  });

  it('is taken over by a relayd that runs with it, and what waits for a restart is said', async () => {
    stage.files = { [FILE]: COMMENTED };
    stage.openStore();
    stage.relayRuns();
    stage.relay = { ...stage.relay!, configFile: FILE };
    const asked: string[] = [];
    stage.onAsk = ({ operation }) => {
      asked.push(operation);
      return Promise.resolve({ kind: 'answered', answer: { needsRestart: ['inbound.listen'] } });
    };
    const { out } = await stage.run(yes('--postmaster', 'me@other.example'));
    expect(asked).toContain('reload');
    expect(out).toContain('relayd (pid 4711) has taken it over');
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /restart relayd for inbound\.listen: systemctl restart relayd; .* systemctl enable relayd-smtp\.socket/,
    );
  });

  it('that relayd could not take over is reloaded by hand', async () => {
    stage.files = { [FILE]: COMMENTED };
    stage.openStore();
    stage.relayRuns();
    stage.relay = { ...stage.relay!, configFile: FILE };
    stage.onAsk = () =>
      Promise.resolve({ kind: 'failed', error: { code: 'reload-failed', message: 'a fault' } });
    const { out } = await stage.run(yes());
    expect(out).toContain('relayd has not taken it over: a fault');
    expect(out.replace(/\s+/g, ' ')).toContain('reload the configuration: systemctl reload relayd');
  });

  it('is said to be overruled by the environment where it is', async () => {
    stage.env['RELAY_HOSTNAME'] = 'env.shop.example';
    const { out } = await stage.run(yes('--hostname', 'mail.shop.example'));
    expect(out).toContain('RELAY_HOSTNAME sets hostname = "env.shop.example"');
  });
});

describe('a rerun', () => {
  it('makes no second domain, key or login', async () => {
    const first = JSON.parse((await stage.run(yes('--json'))).out) as Said;
    const second = JSON.parse((await stage.run(yes('--json'))).out) as Said;
    expect(first.credential).toMatchObject({ added: true, password: expect.any(String) as string });
    expect(second.credential).toMatchObject({ added: false, id: first.credential.id });
    expect(second.credential).not.toHaveProperty('password');
    expect(second.records).toEqual(first.records);
    expect(await stage.jsonLines('credential', 'list')).toHaveLength(1);
    expect(await stage.jsonLines('domain', 'list')).toHaveLength(1);
  });

  it('makes a login in place of one that was revoked', async () => {
    const first = JSON.parse((await stage.run(yes('--json'))).out) as Said;
    await stage.text('credential', 'revoke', first.credential.id, '--yes');
    expect(JSON.parse((await stage.run(yes('--json'))).out)).toMatchObject({ credential: { added: true } });
  });
});

describe('the DNS records', () => {
  it('are a block of what is missing alone', async () => {
    await stage.run(yes());
    for (const { name, value } of ((await stage.json('domain', 'show', 'shop.example')) as Said).records)
      stage.txt.set(name, [value]);
    stage.txt.delete('_dmarc.shop.example');
    const { out, code } = await stage.run(yes('--json'));
    expect(JSON.parse(out)).toMatchObject({ verified: true });
    expect((JSON.parse(out) as Said).zone).toMatch(
      /^; .*\n; mail\.shop\.example\. 3600 IN A PUBLIC-ADDRESS-OF-THIS-MACHINE\n_dmarc\.shop\.example\. 3600 IN TXT "v=DMARC1; p=none"\n$/,
    );
    expect(code).toBe(0);
  });

  it('do not break an SPF record that is there', async () => {
    stage.txt.set('shop.example', ['v=spf1 include:_spf.other.example -all']);
    const { zone } = JSON.parse((await stage.run(yes('--json'))).out) as Said;
    expect(zone).toContain(
      '; shop.example already has an SPF record: add a:mail.shop.example to it before "all".',
    );
    expect(zone).not.toMatch(/^shop\.example\. .*spf1/m);
  });

  it('name the address of this machine, and where its own zone is another one', async () => {
    stage.surroundings = {
      localAddress: (family) => Promise.resolve(family === 'udp4' ? '8.8.4.4' : undefined),
    };
    const own = JSON.parse((await stage.run(yes('--json'))).out) as Said;
    expect(own.zone).toMatch(/^mail\.shop\.example\. 3600 IN A 8\.8\.4\.4$/m);
    stage.files = {};
    const other = JSON.parse((await stage.run(yes('--json', '--hostname', 'mail.host.example'))).out) as Said;
    expect(other.zone).toMatch(/^; mail\.host\.example\. 3600 IN A 8\.8\.4\.4$/m);
  });
});

describe('--wait', () => {
  it('ends when the records are there', async () => {
    await stage.run(yes());
    const { records } = (await stage.json('domain', 'show', 'shop.example')) as Said;
    const running = stage.run(yes('--wait', '5m', '--json'));
    await eventually(() => stage.clock.pendingTimers > 0, { what: 'the wait to begin' });
    for (const { name, value } of records) stage.txt.set(name, [value]);
    await stage.clock.advance(10_000);
    const { code, out } = await running;
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ verified: true })]);
  });

  it('fails when they are not there in time', async () => {
    const running = stage.run(yes('--wait', '25s', '--json'));
    for (let rounds = 0; rounds < 3; rounds++) {
      await eventually(() => stage.clock.pendingTimers > 0, { what: 'the wait to go on' });
      await stage.clock.advance(10_000);
    }
    const { code, out } = await running;
    expect([code, JSON.parse(out)]).toEqual([1, expect.objectContaining({ verified: false })]);
  });

  it('ends when the user interrupts it', async () => {
    const { code, out } = await stage.run(yes('--wait', '5m'), { interrupted: AbortSignal.abort() });
    expect([code, out]).toEqual([1, expect.stringContaining('is not verified yet')]);
  });

  it('is not begun where another account holds the domain: no record would change that', async () => {
    await stage.text('account', 'add', 'other');
    await stage.text('domain', 'add', 'shop.example', '--dkim', 'rsa', '--account', 'other');
    const publish = async (account: string) => {
      const shown = (await stage.json('domain', 'show', 'shop.example', '--account', account)) as Said;
      for (const { name, value } of shown.records) stage.txt.set(name, [value]);
    };
    await publish('other');
    await stage.text('domain', 'verify', 'shop.example', '--account', 'other');
    await stage.run(yes('--account', 'default'));
    await publish('default');
    const { out } = await stage.run(yes('--account', 'default', '--wait', '5m', '--json'));
    expect((JSON.parse(out) as Said).next.join(' ')).toContain(
      'another account was verified with shop.example',
    );
  });
});

describe('what cannot deliver', () => {
  it('is said plainly of an address that is listed, with what to do, and fails', async () => {
    stage.surroundings = {
      localAddress: (family) => Promise.resolve(family === 'udp4' ? '8.8.4.4' : undefined),
      blocklists: () => [
        { name: 'A list', zone: 'bl.test', removal: 'https://bl.test/', ipv6: false, codes: new Map() },
      ],
      resolver: zoneResolver({
        '2.0.0.127.bl.test': { a: ['127.0.0.2'] },
        '4.4.8.8.bl.test': { a: ['127.0.0.2'] },
      }),
    };
    const { code, out } = await stage.run(yes());
    expect(code).toBe(1);
    expect(out).toContain('Mail from this address is refused by many receivers: A list lists 8.8.4.4');
    expect(out).toContain('request removal');
  });
});

describe('a smart host', () => {
  const PASSWORD = '/etc/postern/smart.password';
  const flags = [
    '--smart-host',
    'smtp.big.test:2587',
    '--smart-host-user',
    'me',
    '--smart-host-password-file',
  ];
  const ROUTE = `
[[route]]
name = "smart-host"
action = "relay"
host = "smtp.big.test"
port = 2587
username = "me"
password_file = "${PASSWORD}"
`;

  beforeEach(() => {
    stage.files[PASSWORD] = 'correct horse\n';
    stage.surroundings = {
      resolver: zoneResolver({
        'smtp.big.test': { a: ['192.88.1.1'] },
        'other.example': { mx: [{ preference: 10, exchange: 'mx.other.example' }] },
        'mx.other.example': { a: ['127.0.0.1'] },
      }),
    };
    // Nobody listens there.
    Object.assign(stage.env, {
      RELAY_DELIVERY__PORT: '1',
      RELAY_DELIVERY__ALLOW_PRIVATE_ADDRESSES: 'true',
    });
  });

  it('is written as a route that takes all mail, and makes port 25 and PTR records no matter', async () => {
    const { code, out } = await stage.run(yes(...flags, PASSWORD, '--to', 'x@other.example', '--json'));
    expect(stage.files[FILE]).toContain(ROUTE);
    const said = JSON.parse(out) as Said & { readonly verdict: string; readonly can_deliver: boolean };
    expect(said.can_deliver).toBe(true);
    expect(said.verdict).toBe(
      'Mail can leave by the smart host of route smart-host: smtp.big.test:2587 answers with TLSv1.3 and takes the login of me.',
    );
    expect(said.next.join()).toContain('to the SPF record of shop.example');
    expect(out).not.toContain('correct horse');
    // The message could not be sent yet.
    expect(code).toBe(1);
  });

  it('that refuses the login is said plainly', async () => {
    stage.surroundings = {
      ...stage.surroundings,
      trySmartHost: () => Promise.resolve({ kind: 'failed', stage: 'auth', reason: '535 5.7.8 no' }),
    };
    const { code, out } = await stage.run(yes(...flags, PASSWORD));
    expect(code).toBe(1);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'A smart host takes no mail: smart-host: smtp.big.test:2587 refuses the login of me: 535 5.7.8 no',
    );
  });

  it('is asked for where nothing answers at the port of mail hosts', async () => {
    const { err, out } = await stage.run(
      [
        'quickstart',
        'shop.example',
        '--dkim',
        'rsa',
        '--hostname',
        'mail.shop.example',
        '--to',
        'x@other.example',
      ],
      { answers: ['', 'smtp.big.test:0', 'smtp.big.test:2587', 'me', '/not/there', PASSWORD, 'n'] },
    );
    expect(err).toContain('Mail cannot leave directly. Smart host that takes it');
    expect(err).toContain('smtp.big.test:0 is not a host');
    expect(err).toContain('/not/there');
    expect(stage.files[FILE]).toContain(ROUTE);
    expect(out).toContain('This machine cannot deliver mail');
    expect(out).toContain('Mail can leave by the smart host of route');
  });

  it('is not asked for with --yes, and the verdict says how to name one', async () => {
    const { out } = await stage.run(yes('--to', 'x@other.example'));
    expect(out.replace(/\s+/g, ' ')).toContain('repeat with --smart-host HOST:587');
    expect(stage.files[FILE]).not.toContain('[[route]]');
  });

  it('is added to a file that has no route, once, and never beside routes of the operator', async () => {
    stage.files[FILE] = COMMENTED;
    await stage.run(yes(...flags, PASSWORD));
    expect(stage.files[FILE]).toBe(
      `# mine\nhostname = "mail.shop.example"\n\n[inbound]\n#listen = []\n#postmaster = "x@example.com"\n${ROUTE}`,
    );
    const written = stage.files[FILE];
    await stage.run(yes(...flags, PASSWORD));
    expect(stage.files[FILE]).toBe(written);

    stage.files[FILE] = 'hostname = "mail.shop.example"\n[[route]]\nname = "mine"\naction = "hold"\n';
    const { out } = await stage.run(yes(...flags, PASSWORD));
    expect(stage.files[FILE]).not.toContain('relay');
    expect(out.replace(/\s+/g, ' ')).toContain('has routes of its own ([[route]] mine), which are kept');
  });

  it.each([
    [
      'a user without a file',
      ['--smart-host', 'a.test', '--smart-host-user', 'me'],
      '--smart-host-password-file is missing',
    ],
    ['a login without a host', ['--smart-host-user', 'me'], '--smart-host is missing'],
    ['no host', ['--smart-host', 'a b'], 'a b is not a host'],
    ['a file that is not there', [...flags, '/not/there'], '/not/there'],
  ])('with %s is refused before anything is made', async (_what, args, expected) => {
    const { code, err } = await stage.run(yes(...args));
    expect(code).not.toBe(0);
    expect(err).toContain(expected);
    expect(stage.files[FILE]).toBeUndefined();
  });
});

interface Said {
  readonly records: readonly { readonly name: string; readonly value: string }[];
  readonly credential: { readonly id: string };
  readonly zone: string;
  readonly next: readonly string[];
}
