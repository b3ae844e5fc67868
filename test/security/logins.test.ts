/** Strangers who guess at logins, against the real relayd: who is slowed, who is not, and what a restart forgets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from '../e2e/support/stage.ts';
import { Wire } from '../protocol/support/dialogue.ts';

describe('logins over a restart', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  async function login(localAddress: string, username: string, password: string): Promise<string> {
    const wire = await Wire.open(stage.relay.tlsPort, { implicitTls: true, localAddress });
    try {
      await wire.reply();
      return await wire.login({ username, password });
    } finally {
      wire.destroy();
    }
  }

  it('keep a client that was there before in, whatever strangers guess at its user, and the strangers out', async () => {
    const { username, password } = stage.login;
    expect(await login('127.0.0.1', username, password)).toMatch(/^235/);
    for (let i = 0; i < 9; i++) await login(`127.0.1.${i}`, username, `guess ${i}`);
    expect(await stage.relay.stop()).toBe(0);
    await stage.relay.start();
    for (let i = 0; i < 8; i++) await login(`127.0.2.${i}`, username, `guess ${i}`);
    expect(await login('127.0.1.1', username, 'guess')).toMatch(/^454 4\.7\.0/);
    expect(await login('127.0.0.1', username, password)).toMatch(/^235/);
  });

  it('let a new client in behind an address that others block', async () => {
    const second = await stage.relay.ctl<{ username: string; password: string }>(
      'credential',
      'add',
      '--kind',
      'smtp',
      '--name',
      'second',
    );
    for (let i = 0; i < 14; i++) await login('127.0.3.1', `nobody-${i}`, 'guess');
    expect(await login('127.0.3.1', 'nobody', 'guess')).toMatch(/^454 4\.7\.0/);
    expect(await login('127.0.3.1', second.username, second.password)).toMatch(/^235/);
  });

  it('write no name that was tried to the log or the database', async () => {
    await login('127.0.4.1', 'my-Secret-Passw0rd', 'guess');
    await stage.relay.stop();
    expect(stage.relay.log()).toContain('login failed');
    expect(stage.relay.log()).not.toContain('my-Secret-Passw0rd');
  });
});
