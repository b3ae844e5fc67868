/** A node that takes no new mail for a while, by `relayctl node drain`, and keeps its ports open. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Wire } from './support/dialogue.ts';
import { MESSAGE, networkCredential, startFixture, type Fixture } from './support/submission-fixture.ts';

let relay: Fixture;
let draining: boolean;
beforeEach(async () => {
  draining = false;
  relay = await startFixture({ isDraining: () => draining });
  relay.directory.credentials.push(networkCredential());
});
afterEach(() => relay.stop());

it('answers new sessions 421, and takes mail again after', async () => {
  draining = true;
  const refused = await Wire.open(relay.port);
  expect(await refused.reply()).toMatch(/^421 4\.3\.2/);
  await refused.closed();
  draining = false;
  const wire = await Wire.open(relay.port);
  expect(await wire.reply()).toMatch(/^220 /);
  wire.destroy();
});

it('answers a session that is between messages 421', async () => {
  const wire = await Wire.open(relay.port);
  await wire.reply();
  await wire.command('EHLO client.test');
  draining = true;
  expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^421 4\.3\.2/);
});

it('takes the message that was begun', async () => {
  const wire = await Wire.open(relay.port);
  await wire.reply();
  await wire.command('EHLO client.test');
  await wire.command('MAIL FROM:<a@example.org>');
  draining = true;
  expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^250 /);
  expect(await wire.command('DATA')).toMatch(/^354 /);
  expect(await wire.command(`${MESSAGE}.`)).toMatch(/^250 /);
  wire.destroy();
});
