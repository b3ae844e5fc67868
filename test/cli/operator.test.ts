/** `relayctl operator ...`: who hears of failed checks, and a test of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OperatorTestReport } from '../../src/control/protocol.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(() => stage.dispose());

function answer(ways: OperatorTestReport['ways']): void {
  stage.onAsk = ({ operation }) => {
    expect(operation).toBe('operator-test');
    return Promise.resolve({ kind: 'answered', answer: { ways } });
  };
}

const WAYS: OperatorTestReport['ways'] = [
  { way: 'mail', target: 'ops@example.org', ok: true, outcome: 'queued as msg_1' },
  { way: 'command', target: '/bin/page', ok: false, outcome: 'exit code 2', output: 'no\u001b[2J' },
];

describe('test', () => {
  test('says what came of each way, and exits with 1 when one failed', async () => {
    answer(WAYS);
    expect(await stage.run(['operator', 'test'])).toEqual({
      code: 1,
      out: '✓ mail ops@example.org: queued as msg_1\n✗ command /bin/page: exit code 2\n  no\\u001b[2J\n',
      err: '',
    });
    answer(WAYS.slice(0, 1));
    expect(await stage.json('operator', 'test')).toEqual({ ways: [{ ...WAYS[0], output: null }] });
  });

  test('says what to set where nobody is told', async () => {
    answer([]);
    const { code, err } = await stage.run(['operator', 'test']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^relayctl: nobody is told of failed checks\n {2}set operator\.mail, operator\.webhook or/,
    );
  });

  test('needs relayd', async () => {
    const { code, err } = await stage.run(['operator', 'test']);
    expect(code).toBe(1);
    expect(err).toMatch(/^relayctl: relayd is not running/);
  });
});

describe('show', () => {
  test('says who is told, without what may be a secret', async () => {
    expect(await stage.text('operator', 'show')).toBe(
      'mail:     none\nwebhook:  none\ncommand:  none\nsummary:  none\n',
    );
    Object.assign(stage.env, {
      RELAY_OPERATOR__MAIL: 'ops@example.org',
      RELAY_OPERATOR__WEBHOOK: 'https://alerts.example.org/T0/secret',
      RELAY_OPERATOR__COMMAND: '/bin/page,mail',
      RELAY_OPERATOR__SUMMARY: '8:05',
    });
    expect(await stage.text('operator', 'show')).toBe(
      'mail:     ops@example.org, from postmaster@mail.example.net\n' +
        'webhook:  https://alerts.example.org\n' +
        'command:  /bin/page mail\n' +
        'summary:  daily at 08:05 UTC, by mail\n',
    );
    expect(await stage.json('operator', 'show')).toEqual({
      mail: 'ops@example.org',
      from: 'postmaster@mail.example.net',
      webhook: 'https://alerts.example.org',
      command: ['/bin/page', 'mail'],
      summary: '08:05',
    });
    expect(await stage.text('config', 'show')).not.toContain('T0/secret');
  });

  test('has the secret of the webhook, another for another address', async () => {
    expect((await stage.run(['operator', 'show', '--secret'])).err).toContain('operator.webhook is not set');
    stage.env['RELAY_OPERATOR__WEBHOOK'] = 'https://alerts.example.org/a';
    const secret = await stage.text('operator', 'show', '--secret');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
    expect(await stage.json('operator', 'show', '--secret')).toEqual({ secret: secret.trim() });
    stage.env['RELAY_OPERATOR__WEBHOOK'] = 'https://alerts.example.org/b';
    expect(await stage.text('operator', 'show', '--secret')).not.toBe(secret);
  });
});
