/** relayctl as a program: global options, usage, failures, help, colours, completion. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/program/command-list.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

describe('global options', () => {
  test.each([
    [['--json', 'config', 'check']],
    [['config', '--json', 'check']],
    [['config', 'check', '--json']],
  ])('%s', async (args) => {
    const { out, code } = await stage.run(args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ ok: true, file: null, warnings: [], data_key: null });
  });

  test('--config names the file, before or after', async () => {
    stage.files = { '/srv/a.toml': 'hostname = "a.example"\n[http]\nlisten = []' };
    delete stage.env['RELAY_HOSTNAME'];
    for (const args of [
      ['--config', 'a.toml', 'config', 'show', 'hostname', '--json'],
      ['config', 'show', 'hostname', '--json', '--config=a.toml'],
    ]) {
      const { out } = await stage.run(args);
      expect(JSON.parse(out)).toMatchObject({
        file: '/srv/a.toml',
        settings: [{ value: 'a.example', source: 'a.toml:1' }],
      });
    }
  });

  test('a failure and status say which configuration was read', async () => {
    stage.openStore();
    stage.files = { '/srv/a.toml': 'hostname = "a.example"' };
    const list = ['--config', 'a.toml', '--account', 'none', 'credential', 'list'];
    expect((await stage.run(list)).err).toContain('  (configuration: /srv/a.toml)\n');
    expect(JSON.parse((await stage.run([...list, '--json'])).err)).toMatchObject({
      error: { config_file: '/srv/a.toml' },
    });
    const { err } = await stage.run(['message', 'show', 'msg_01k9q3v8y0e8x9g2w4r6t8z0ab', '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { config_file: null } });
    expect((await stage.run(['status', '--config', 'a.toml'])).out).toContain(
      `  configuration: /srv/a.toml; data in ${stage.dataDir}\n`,
    );
    expect(JSON.parse((await stage.run(['status', '--json'])).out)).toMatchObject({ config_file: null });
    expect((await stage.run(['status', 'now'])).err).not.toContain('configuration');
  });

  test('--account of none is not found', async () => {
    stage.openStore();
    const ran = await stage.run(['--account', 'none', 'credential', 'list', '--json']);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.err)).toMatchObject({
      error: { code: 'not-found', message: 'there is no account none' },
    });
    for (const args of [
      ['--account', 'defualt', 'credential', 'list'],
      ['account', 'show', 'defualt'],
    ])
      expect((await stage.run(args)).err).toContain(
        '  did you mean default?\n  see them: relayctl account list\n',
      );
  });
});

describe('wrong usage exits with 2 and says what to type', () => {
  test.each([
    [[], 'a command is missing', 'see: relayctl --help'],
    [
      ['domain'],
      'a command is missing after domain',
      'one of: add, list, show, verify, rotate-dkim, change, zone, remove',
    ],
    [['doman', 'add'], "unknown command 'doman'", 'Did you mean domain?'],
    [['domain', 'ad'], "unknown command 'ad'", 'Did you mean add?'],
    [['domain', 'add'], "missing required argument 'domain'", 'type: relayctl domain add <domain>'],
    [['domain', 'add', 'a.example', 'b.example'], 'too many arguments', 'type: relayctl domain add <domain>'],
    [['credential', 'add', '--nmae', 'x'], "unknown option '--nmae'", 'Did you mean --name?'],
    [
      ['credential', 'add', '--name'],
      "option '--name <name>' argument missing",
      'see: relayctl credential add --help',
    ],
    [['message', 'list', '--limit', 'x'], '--limit x is not a whole number from 1', ''],
    [['domain', 'dmarc', 'a.example'], 'relayctl domain dmarc is not part of this version', ''],
    [['completion', 'tcsh'], 'there is no completion for tcsh', 'one of: bash, zsh, fish'],
  ])('%s', async (args, message, hint) => {
    stage.openStore();
    const ran = await stage.run(args);
    expect(ran.code).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toMatch(/^relayctl: /);
    expect(ran.err).toContain(message);
    expect(ran.err).toContain(hint);
  });

  test('in JSON with a stable code', async () => {
    const ran = await stage.run(['domain', 'add', '--json']);
    expect(ran.code).toBe(2);
    const { error } = JSON.parse(ran.err) as { error: Record<string, string> };
    expect(error['code']).toBe('usage');
    expect(error['message']).toBe("missing required argument 'domain'");
  });
});

describe('failures', () => {
  test('of a wrong configuration name every fault', async () => {
    stage.env['RELAY_LOG__LEVEL'] = 'loud';
    stage.env['RELAY_FOO'] = '1';
    const human = await stage.run(['status']);
    expect(human.code).toBe(1);
    expect(human.err).toMatch(
      /^relayctl: the configuration is wrong\n {2}RELAY_LOG__LEVEL: log\.level: "loud"|RELAY_FOO/,
    );
    const json = await stage.run(['config', 'check', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.err)).toMatchObject({
      error: {
        code: 'config',
        problems: [{ variable: 'RELAY_FOO' }, { variable: 'RELAY_LOG__LEVEL', key: 'log.level' }],
      },
    });
  });

  test('reading without a store says so and makes none', async () => {
    const ran = await stage.run(['message', 'list']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`there is no store in ${stage.dataDir} yet`);
    expect((await stage.run(['domain', 'list'])).code).toBe(1);
  });
});

describe('help', () => {
  test.each(COMMANDS.map(({ path }) => path))('of %s has 2 to 4 examples and exits with 0', async (path) => {
    const ran = await stage.run([...path.split(' '), '--help']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const examples = ran.out.slice(ran.out.indexOf('\nExamples:\n')).match(/^ {2}\$ relayctl .+$/gm) ?? [];
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect(examples.length).toBeLessThanOrEqual(4);
    expect(ran.out).toContain('--json');
  });

  test('lists every noun, and topics', async () => {
    const { out, code } = await stage.run(['--help']);
    expect(code).toBe(0);
    for (const { path } of COMMANDS) expect(out).toContain(`  ${path.split(' ')[0] ?? ''}`);
    for (const topic of ['environment', 'exit-codes', 'json'])
      expect((await stage.run(['help', topic])).out.length).toBeGreaterThan(200);
    expect((await stage.run(['help', 'domain', 'add'])).code).toBe(0);
  });

  test('--version', async () => {
    expect(await stage.run(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });
});

describe('colours', () => {
  test('only where the terminal has them', async () => {
    const list = ['account', 'list'];
    stage.openStore();
    expect((await stage.run(list, { columns: 80, color: true })).out).toContain('\u001b[2mACCOUNT');
    expect((await stage.run(list, { columns: 80 })).out).not.toContain('\u001b');
    expect((await stage.run(list)).out).not.toContain('\u001b');
  });
});

describe('config show', () => {
  test('says what holds and where it comes from, and hides secrets', async () => {
    stage.env['RELAY_DATA_KEY'] = 'ab'.repeat(32);
    const { out } = await stage.run(['config', 'show', '--changed']);
    expect(out).toMatch(/hostname +"mail\.example\.net" +RELAY_HOSTNAME/);
    expect(out).toMatch(/data_key +\(secret\) +RELAY_DATA_KEY/);
    expect(out).not.toContain('abab');
    expect(out).not.toContain('max_recipients');
    const json = (await stage.json('config', 'show')) as { settings: { key: string; available: boolean }[] };
    expect(json.settings.find(({ key }) => key === 'http.listen')?.available).toBe(true);
    expect((await stage.run(['config', 'show', 'nothing'])).code).toBe(1);
  });

  test('config check prints what is right and yet cannot be meant', async () => {
    stage.env['RELAY_SUBMISSION__LISTEN'] = '';
    stage.env['RELAY_SUBMISSION__LISTEN_TLS'] = '';
    expect(await stage.text('config', 'check')).toContain('nobody can submit mail');
  });

  test('config check warns of a rule for an account that does not exist', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'postern-rules-')), 'destinations.toml');
    const rule = '[[rule]]\nname = "a"\nmatch = { account = "defualt" }\nmessages_per_day = 1\n';
    writeFileSync(file, rule);
    expect(stage.store).toBeDefined();
    stage.env['RELAY_DELIVERY__DESTINATION_RULES'] = file;
    expect(await stage.text('config', 'check')).toContain('rule "a" is for the account "defualt"');
    writeFileSync(file, rule.replace('account = "defualt"', 'source = "out-1"'));
    const { code, err } = await stage.run(['config', 'check']);
    expect(code).toBe(1);
    expect(err).toContain('a [[source]] table, not "out-1"; there is none');
    rmSync(path.dirname(file), { recursive: true });
  });
});

describe('completion', () => {
  test('for bash is bash, and completes nouns, verbs and options', async () => {
    const script = await stage.text('completion', 'bash');
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _relayctl; echo "\${COMPREPLY[@]}"`,
      ])
        .toString()
        .trim();
    expect(complete('relayctl', 'dom')).toBe('domain');
    expect(complete('relayctl', 'domain', 'v')).toBe('verify');
    expect(complete('relayctl', '--json', 'queue', 're')).toBe('retry release reroute');
    expect(complete('relayctl', 'credential', 'add', '--na')).toBe('--name');
    expect(complete('relayctl', 'domain', 'add', '--dk')).toBe('--dkim');
    expect(complete('relayctl', 'completion', 'z')).toBe('zsh');
  });

  test.each(['zsh', 'fish'])('for %s names every noun', async (shell) => {
    const script = await stage.text('completion', shell);
    for (const { path } of COMMANDS) expect(script).toContain(path.split(' ')[0]);
  });
});
