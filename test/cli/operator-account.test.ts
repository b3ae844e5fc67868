/** The relay's own account is looked at like any other, and gets nothing that is a tenant's. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureOperatorAccount, OPERATOR_ACCOUNT } from '../../src/store/operator-account.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(async () => {
  stage = new CliStage();
  const noAccount = { accountByName: () => Promise.resolve(undefined) };
  await ensureOperatorAccount(noAccount, stage.store.directory, stage.clock.now());
  stage.files = { 'body.txt': 'Hello', 'list.csv': 'address\na@b.example\n' };
});
afterEach(async () => await stage.dispose());

const OPERATOR = ['--account', OPERATOR_ACCOUNT.name];

test.each([
  'domain add shop.example',
  'credential add',
  'credential add --kind api --scope admin',
  'credential add --kind network --allow-ip 192.0.2.1',
  'stream add newsletter',
  'template add welcome --subject Hello --text body.txt',
  'webhook add --url https://hooks.example/',
  'suppression add a@b.example',
  'suppression import list.csv',
  'quickstart shop.example --yes',
])('%s is refused with what to name instead, and adds nothing', async (command) => {
  const { code, err } = await stage.run([...command.split(' '), ...OPERATOR]);
  expect(err).toContain("(operator) is the relay's own account: it has no ");
  expect(err).toContain(
    '\n  name the account of a tenant: --account NAME (see them: relayctl account list)\n',
  );
  expect(code).toBe(2);
  for (const noun of ['domain', 'credential', 'template', 'webhook', 'suppression'])
    expect(await stage.jsonLines(noun, 'list', ...OPERATOR)).toEqual([]);
  expect(await stage.jsonLines('stream', 'list', ...OPERATOR)).toHaveLength(2);
  expect(stage.files).not.toHaveProperty('relay.toml');
});

test('a test message is not sent by it', async () => {
  stage.relay = {
    pid: 4711,
    version: '0.0.0-test',
    startedAtMs: 0,
    hostname: 'mail.example.net',
    submission: [{ host: '127.0.0.1', port: 2587, tls: 'starttls' }],
  };
  const ran = await stage.run(['send', '--from', 'a@shop.example', '--to', 'b@x.example', ...OPERATOR]);
  expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('it has no credentials')]);
  expect(stage.submissions).toEqual([]);
});

test('it can be looked at', async () => {
  for (const command of ['account show', 'message list', 'events', 'queue list', 'suppression list'])
    expect((await stage.run([...command.split(' '), ...OPERATOR])).code, command).toBe(0);
});
