/** Loading the configuration: where values come from, and what is said when one is wrong. */
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { LoadedConfig } from '../../../src/config/load.ts';

interface Given {
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function load({ path, env = {}, files = {} }: Given): LoadedConfig {
  return loadConfig({
    path,
    env,
    readFile: (name) => {
      const text = files[name];
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
      return text;
    },
    defaultHostname: 'Machine.example',
    cwd: '/srv/postern',
  });
}

/** The messages of the error that loading ends in. */
function faults(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const inFile = (text: string): Given => ({ files: { '/srv/postern/relay.toml': text } });

describe('with nothing given', () => {
  const { config, warnings, file } = load({});

  test('the defaults of the contract hold', () => {
    expect(config).toMatchObject({
      hostname: 'machine.example',
      dataDir: '/srv/postern/data',
      dataKey: undefined,
      previousDataKeys: [],
      submission: {
        listen: [
          { host: '0.0.0.0', port: 587 },
          { host: '::', port: 587 },
        ],
        listenTls: [
          { host: '0.0.0.0', port: 465 },
          { host: '::', port: 465 },
        ],
        maxMessageBytes: 26_214_400,
        maxRecipients: 1000,
        requireVerifiedDomain: true,
        subdomains: false,
        suppressedRecipients: 'accept',
        hideClientAddress: true,
        rewriteNoticeFrom: true,
        maxConnections: 5000,
        maxConnectionsPerAddress: 1000,
      },
      tls: { cert: undefined, key: undefined },
      inbound: { listen: [], postmaster: undefined },
      http: { listen: [{ host: '127.0.0.1', port: 8080 }], listenTls: [], publicUrl: undefined },
      log: { level: 'info', format: 'auto' },
      dns: { servers: [] },
      delivery: { port: 25, allowPrivateAddresses: false, mode: 'live', maxAgeMs: 4 * 86_400_000 },
      webhooks: { allowPrivateAddresses: false, allowHttp: false },
      store: { url: 'sqlite:' },
    });
    const minutes = config.delivery.retryScheduleMs.map((waitMs) => waitMs / 60_000);
    expect(minutes).toEqual([1, 5, 15, 30, 60, 120, 240]);
    const days = [config.retention.contentMs, config.retention.metadataMs, config.retention.eventsMs];
    expect(days.map((ms) => ms / 86_400_000)).toEqual([3, 30, 90]);
  });

  test('nothing is warned about and no file was read', () => {
    expect(warnings).toEqual([]);
    expect(file).toBeUndefined();
  });

  test('a machine name that is none becomes localhost', () => {
    const input = { env: {}, readFile: () => '', defaultHostname: 'bad name!', cwd: '/' };
    expect(loadConfig(input).config.hostname).toBe('localhost');
  });
});

describe('the file', () => {
  test.each([
    ['--config before everything', { path: 'a.toml', env: { RELAY_CONFIG: 'b.toml' } }, 'a.example'],
    ['RELAY_CONFIG before the usual places', { env: { RELAY_CONFIG: '/etc/b.toml' } }, 'b.example'],
    ['an empty RELAY_CONFIG is none', { env: { RELAY_CONFIG: '' } }, 'usual.example'],
    ['the usual place when nothing is named', {}, 'usual.example'],
  ])('%s', (_name, given: Given, hostname) => {
    const files = {
      '/srv/postern/a.toml': 'hostname = "a.example"',
      '/etc/b.toml': 'hostname = "b.example"',
      '/srv/postern/config/relay.toml': 'hostname = "usual.example"',
      '/etc/postern/relay.toml': 'hostname = "last.example"',
    };
    expect(load({ ...given, files }).config.hostname).toBe(hostname);
  });

  test('of comments alone does not hide one that sets something; alone it is the one that was read', () => {
    const shipped = '# Every key.\n#hostname = "mail.example.com"\n[submission]\n#listen = []\n';
    const files = { '/srv/postern/config/relay.toml': shipped };
    expect(load({ files }).file).toBe('/srv/postern/config/relay.toml');
    const both = load({ files: { ...files, '/etc/postern/relay.toml': 'hostname = "last.example"' } });
    expect([both.file, both.config.hostname]).toEqual(['/etc/postern/relay.toml', 'last.example']);
    // Named, it is the one that was asked for.
    const named = load({ path: 'config/relay.toml', files });
    expect([named.file, named.config.hostname]).toEqual([
      '/srv/postern/config/relay.toml',
      'machine.example',
    ]);
  });

  test('sections, dotted keys and quoted keys are the same', () => {
    const { config } = load(
      inFile('log.level = "debug"\n[submission]\n"max_recipients" = 7\n[delivery]\nmax_age = "36h"'),
    );
    expect(config.log.level).toBe('debug');
    expect(config.submission.maxRecipients).toBe(7);
    expect(config.delivery.maxAgeMs).toBe(36 * 3_600_000);
  });

  test('a listener may be a text or a list; sizes may carry a unit', () => {
    const { config } = load(
      inFile('[submission]\nlisten = "127.0.0.1:0"\nlisten_tls = ["[::1]:465"]\nmax_message_bytes = "1MiB"'),
    );
    expect(config.submission.listen).toEqual([{ host: '127.0.0.1', port: 0 }]);
    expect(config.submission.listenTls).toEqual([{ host: '::1', port: 465 }]);
    expect(config.submission.maxMessageBytes).toBe(1_048_576);
  });

  test('relative paths start at the working directory', () => {
    const { config } = load(inFile('data_dir = "spool"\n[tls]\ncert = "c.pem"\nkey = "/abs/k.pem"'));
    expect(config.dataDir).toBe('/srv/postern/spool');
    expect(config.tls).toEqual({ cert: '/srv/postern/c.pem', key: '/abs/k.pem' });
  });
});

describe('the environment', () => {
  test('wins over the file', () => {
    const { config, sources } = load({
      ...inFile('hostname = "file.example"\n[submission]\nmax_recipients = 7'),
      env: { RELAY_HOSTNAME: 'env.example' },
    });
    expect(config.hostname).toBe('env.example');
    expect(config.submission.maxRecipients).toBe(7);
    const from = Object.fromEntries(sources.map(({ key, source }) => [key, source]));
    expect(from['hostname']).toEqual({ kind: 'environment', variable: 'RELAY_HOSTNAME', file: undefined });
    expect(from['submission.max_recipients']).toEqual({ kind: 'file', file: './relay.toml', line: 3 });
    expect(from['data_dir']).toEqual({ kind: 'default' });
  });

  test.each([
    ['RELAY_SUBMISSION__MAX_MESSAGE_BYTES', '1000', { submission: { maxMessageBytes: 1000 } }],
    ['RELAY_SUBMISSION__MAX_MESSAGE_BYTES', '2KiB', { submission: { maxMessageBytes: 2048 } }],
    ['RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN', 'false', { submission: { requireVerifiedDomain: false } }],
    ['RELAY_SUBMISSION__LISTEN', '[::]:587', { submission: { listen: [{ host: '::', port: 587 }] } }],
    ['RELAY_SUBMISSION__LISTEN_TLS', '', { submission: { listenTls: [] } }],
    [
      'RELAY_SUBMISSION__LISTEN',
      '["127.0.0.1:1"]',
      { submission: { listen: [{ host: '127.0.0.1', port: 1 }] } },
    ],
    ['RELAY_DELIVERY__RETRY_SCHEDULE', '1s, 2s', { delivery: { retryScheduleMs: [1000, 2000] } }],
    [
      'RELAY_DNS__SERVERS',
      '192.0.2.1:5353,[2001:db8::1]:53,192.0.2.2',
      {
        dns: {
          servers: [
            { host: '192.0.2.1', port: 5353 },
            { host: '2001:db8::1', port: 53 },
            { host: '192.0.2.2', port: 53 },
          ],
        },
      },
    ],
  ])('%s=%s', (variable, value, expected) => {
    expect(load({ env: { [variable]: value } }).config).toMatchObject(expected);
  });

  test('a secret may be the content of a file', () => {
    const hex = 'ab'.repeat(32);
    const { config } = load({
      env: { RELAY_DATA_KEY_FILE: '/run/secrets/key' },
      files: { '/run/secrets/key': `${hex}\n` },
    });
    expect(config.dataKey).toEqual(new Uint8Array(32).fill(0xab));
  });

  test('previous keys are one a line in a file, and a wrong one is told by its place alone', () => {
    const [one, two] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const given = (text: string) => ({
      env: { RELAY_PREVIOUS_DATA_KEYS_FILE: '/run/secrets/keys' },
      files: { '/run/secrets/keys': text },
    });
    expect(load(given(`${one}\n${two}\n`)).config.previousDataKeys).toEqual([
      new Uint8Array(32).fill(0xab),
      new Uint8Array(32).fill(0xcd),
    ]);
    const found = faults(given(`${one}\nmysecret\n`)).join();
    expect(found).toContain('has a key of other than 32 octets, number 2 of 2');
    expect(found).not.toContain('mysecret');
    expect(faults(given(Array(12).fill(one).join('\n'))).join()).toContain('previous_data_keys: has 12 keys');
  });

  test('a key in base64 is the same as in hexadecimal', () => {
    const base64 = Buffer.alloc(32, 0xab).toString('base64');
    expect(load({ env: { RELAY_DATA_KEY: base64 } }).config.dataKey).toEqual(new Uint8Array(32).fill(0xab));
  });
});

describe('what is wrong is said with file, line, key and accepted values', () => {
  test.each([
    ['no TOML', 'hostname = \n', /^\.\/relay\.toml:1: this is not TOML: /],
    [
      'an unknown key',
      '\n[submission]\nmax_recipient = 5',
      './relay.toml:3: submission.max_recipient: there is no such key; did you mean submission.max_recipients?',
    ],
    [
      'a key in the wrong section',
      '[submission]\nmax_age = "4d"',
      './relay.toml:2: submission.max_age: there is no such key; did you mean delivery.max_age?',
    ],
    [
      'a key unlike any other',
      '[log]\nrotation = "daily"',
      './relay.toml:2: log.rotation: there is no such key; [log] takes level, format, redact',
    ],
    [
      'an unknown section',
      '[smtpd]\nx = 1',
      /^\.\/relay\.toml:1: smtpd: there is no such key; keys are hostname, /,
    ],
    [
      'a key of an unknown section, with its dot',
      '\nsmtpd.x = 1',
      /^\.\/relay\.toml:2: smtpd: there is no such key; /,
    ],
    [
      'a key in an inline table',
      '\n\nlog = { rotation = 1 }',
      './relay.toml:3: log.rotation: there is no such key; [log] takes level, format, redact',
    ],
    [
      'a line end in what was given',
      '[inbound]\nlisten = ["a\\nb"]',
      /^\.\/relay\.toml:2: inbound\.listen: \["a\\nb"\] has "a\\u000ab", which is not host:port; /,
    ],
    [
      'a value for a section',
      'log = "info"',
      './relay.toml:1: log: is a section: write [log] on a line of its own and its keys below',
    ],
    [
      'a wrong type',
      '[submission]\nmax_recipients = "many"',
      './relay.toml:2: submission.max_recipients: "many" is not a whole number from 1 to 100000; accepted: a whole number from 1 to 100000',
    ],
    [
      'a boolean in quotes',
      '[submission]\nhide_client_address = "yes"',
      './relay.toml:2: submission.hide_client_address: "yes" is neither true nor false (without quotes); accepted: true or false',
    ],
    [
      'a choice that is none',
      '[log]\nlevel = "loud"',
      './relay.toml:2: log.level: "loud" is not one of "debug", "info", "warn", "error"; accepted: "debug", "info", "warn", "error"',
    ],
    [
      'a listener without a port',
      '[submission]\nlisten = ["0.0.0.0"]',
      './relay.toml:2: submission.listen: ["0.0.0.0"] has "0.0.0.0", which is not host:port; accepted: host:port such as "0.0.0.0:587" or "[::]:587", or a list of them',
    ],
    [
      'a port beyond all ports',
      '[submission]\nlisten = "0.0.0.0:65536"',
      /has "0\.0\.0\.0:65536", which is not host:port/,
    ],
    ['a DNS server by name', '[dns]\nservers = "dns.example:53"', /which is a name and not an address/],
    [
      'a duration without a unit',
      '[delivery]\nmax_age = 4',
      /4 is not a duration in quotes; accepted: a duration such as "90s"/,
    ],
    ['a duration of nothing', '[delivery]\nmax_age = "0s"', /is zero/],
    ['an empty schedule', '[delivery]\nretry_schedule = []', /is an empty list/],
    [
      'another store',
      '[store]\nurl = "mysql://localhost/mail"',
      /the secret is not a store; accepted: "sqlite:"/,
    ],
    [
      'a store of several nodes without their key',
      '[store]\nurl = "postgres://postern:geheim@localhost/mail"',
      /^data_key: is needed with store\.url = "postgres:\/\/…", the same for every node: give it with RELAY_DATA_KEY_FILE/,
    ],
    [
      'a database server without a database',
      '[store]\nurl = "postgres://postern:geheim@db"',
      /store\.url: the secret names no database/,
    ],
    [
      'a password that takes the URL apart',
      '[store]\nurl = "postgres://postern:ge#heim@db:5432/mail"',
      /store\.url: the secret (?:is not a URL|names no database|carries a fragment)/,
    ],
    ['a node without a name', '[node]\nname = "a b"', /node\.name: "a b" is not the name of a node/],
    [
      'an address that is none',
      '[inbound]\npostmaster = "root"',
      /is not an address: an address has the form/,
    ],
    [
      'a master key that is too short',
      'data_key = "abcd"',
      './relay.toml:1: data_key: the secret is not a key of 32 octets; accepted: 32 octets as 64 hexadecimal digits or in base64 (`openssl rand -hex 32` makes one)',
    ],
    [
      'inbound without postmaster',
      '[inbound]\nlisten = "0.0.0.0:25"',
      /^\.\/relay\.toml:2: inbound\.listen: needs inbound\.postmaster/,
    ],
    ['a certificate without a key', '[tls]\ncert = "c.pem"', /^\.\/relay\.toml:2: tls\.cert: needs tls\.key/],
    ['a key without a certificate', '[tls]\nkey = "k.pem"', /^\.\/relay\.toml:2: tls\.key: needs tls\.cert/],
    [
      'a sandbox that is not there yet',
      '[delivery]\nmode = "sandbox"',
      /^\.\/relay\.toml:2: delivery\.mode: "sandbox" is not available/,
    ],
    [
      'a listener twice',
      '[submission]\nlisten = "127.0.0.1:587"\nlisten_tls = "127.0.0.1:587"',
      './relay.toml:3: submission.listen_tls: has 127.0.0.1:587, which submission.listen has too',
    ],
  ])('%s', (_name, text, expected) => {
    const found = faults(inFile(text));
    expect(found).toHaveLength(1);
    if (typeof expected === 'string') expect(found[0]).toBe(expected);
    else expect(found[0]).toMatch(expected);
  });

  test('all faults at once', () => {
    const found = faults({
      ...inFile('hostnam = "a"\n[log]\nlevel = "loud"'),
      env: { RELAY_SUBMISSION_LISTEN: '0.0.0.0:25' },
    });
    expect(found).toHaveLength(3);
  });

  test.each([
    [
      'RELAY_SUBMISSION_LISTEN',
      'x',
      /RELAY_SUBMISSION_LISTEN: there is no such setting; did you mean RELAY_SUBMISSION__LISTEN\?/,
    ],
    [
      'RELAY_TLS__KEY_FILE',
      'x',
      /only secrets may be given as a file: RELAY_DATA_KEY_FILE, RELAY_PREVIOUS_DATA_KEYS_FILE, RELAY_DASHBOARD__OIDC__CLIENT_SECRET_FILE, RELAY_OPERATOR__WEBHOOK_FILE, RELAY_STORE__URL_FILE/,
    ],
    ['RELAY_FOO', 'x', /RELAY_SUBMISSION__MAX_RECIPIENTS \(two underscores for the dot\)/],
    ['RELAY_LOG__LEVEL', 'loud', /^RELAY_LOG__LEVEL: log\.level: "loud" is not one of/],
    [
      'RELAY_DATA_KEY_FILE',
      '/none',
      /^RELAY_DATA_KEY_FILE: data_key: cannot read \/none: there is no such file/,
    ],
    ['RELAY_CONFIG', '/none.toml', /^RELAY_CONFIG: cannot read \/none\.toml: there is no such file/],
  ])('%s=%s', (variable, value, expected) => {
    const found = faults({ env: { [variable]: value } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  test('a named file that is missing', () => {
    expect(faults({ path: 'none.toml' })).toEqual([
      'none.toml: cannot read none.toml: there is no such file',
    ]);
  });

  test('a secret is never repeated', () => {
    const found = faults({ env: { RELAY_DATA_KEY: 'hunter2' } });
    expect(found.join()).not.toContain('hunter2');
  });
});

describe('keys of HTTP', () => {
  test('are checked', () => {
    expect(faults(inFile('[http]\ntrusted_proxies = ["10.0.0.0/33"]'))[0]).toContain(
      'neither an address nor a network',
    );
    expect(faults(inFile('[http]\npublic_url = "mail.example.com"'))[0]).toContain(
      'is not an http or https address',
    );
  });
});

describe('shares', () => {
  test('are percentages, or off', () => {
    const text = '[health]\nwarn_bounces = "2.5%"\nhold_complaints = "off"\nhold_bounces = "100 %"';
    expect(load(inFile(text)).config.health.rules).toMatchObject({
      warn: { bounces: 0.025, complaints: 0.001 },
      hold: { bounces: 1, complaints: undefined },
    });
  });

  test.each(['"0%"', '"101%"', '"5"', '5', '""', '"-1%"'])('%s is none', (value) => {
    expect(faults(inFile(`[health]\nwarn_bounces = ${value}`))[0]).toMatch(/health\.warn_bounces/);
  });

  test('a milder step may not begin above a harder one', () => {
    expect(faults(inFile('[health]\nhold_bounces = "3%"'))[0]).toMatch(
      /health\.hold_bounces.*is lower than health\.warn_bounces/,
    );
    expect(faults(inFile('[health]\nwarn_bounces = "off"\nhold_bounces = "3%"'))).toEqual([]);
  });
});

describe('notices for the operator', () => {
  test('are for nobody by default', () => {
    expect(load({}).config.operator).toEqual({});
  });

  test('have a time of day, and a program with arguments', () => {
    const text = '[operator]\nmail = "ops@example.net"\ncommand = ["/bin/page", "a b"]\nsummary = "08:30"';
    expect(load(inFile(text)).config.operator).toMatchObject({
      mail: 'ops@example.net',
      command: ['/bin/page', 'a b'],
      summaryMinute: 510,
    });
    expect(load(inFile('[operator]\ncommand = "/bin/page"')).config.operator.command).toEqual(['/bin/page']);
  });

  test.each([
    ['mail = "nobody"', /operator\.mail/],
    ['command = ["page"]', /operator\.command.*absolute path/],
    ['command = []', /operator\.command.*absolute path/],
    ['command = ["/bin/page", "\\u0000"]', /operator\.command.*NUL/],
    ['summary = "25:00"', /operator\.summary.*"08:00"/],
    ['summary = "08:00"', /operator\.summary: needs operator\.mail/],
    ['webhook = "ftp://h.example"', /operator\.webhook.*not an http or https address/],
    ['webhook = "https://u:p@h.example"', /operator\.webhook.*user name or password/],
    ['webhook = "http://h.example"', /operator\.webhook.*webhooks\.allow_http/],
  ])('%s is refused', (line, problem) => {
    expect(faults(inFile(`[operator]\n${line}`))[0]).toMatch(problem);
  });
});

describe('certificates by ACME', () => {
  const acme = (text: string) => inFile(`hostname = "mail.example.com"\n${text}`);
  const good = '[acme]\nenabled = true\nlisten = "0.0.0.0:80"\n';

  test('are for the hostname unless names are given, each once and in lower case', () => {
    expect(load(acme(good)).config.acme.names).toEqual(['mail.example.com']);
    const named = load(acme(`${good}names = ["SMTP.Example.com", "smtp.example.com", "bücher.example"]`));
    expect(named.config.acme.names).toEqual(['smtp.example.com', 'xn--bcher-kva.example']);
  });

  test.each([
    ['[acme]\nenabled = true', 'needs acme.listen'],
    [`${good}[tls]\ncert = "a"\nkey = "b"`, 'two sources of the certificate'],
    [`${good}names = []`, 'has 0 names'],
    [`${good}names = "localhost"`, 'has localhost, which no authority gives a certificate for'],
    [`${good}names = "10.0.0.1"`, '10.0.0.1'],
    [`${good}names = "*.example.com"`, 'not a host name'],
    [`${good}directory = "http://ca.example/dir"`, 'is not an https address'],
    [`${good}contact = "nobody"`, 'is not an address'],
    [`${good}[http]\nlisten = "0.0.0.0:80"`, 'which acme.listen has too'],
  ])('%s is refused', (text, words) => {
    expect(faults(acme(text)).join('\n')).toContain(words);
  });

  test('need no listener of their own where HTTPS has one, and no check at all where they are off', () => {
    expect(faults(acme('[acme]\nenabled = true\n[http]\nlisten_tls = "0.0.0.0:443"'))).toEqual([]);
    expect(faults(inFile('hostname = "localhost"\n[acme]\nlisten = "0.0.0.0:80"'))).toEqual([]);
  });
});
