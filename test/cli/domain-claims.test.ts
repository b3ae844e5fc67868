/** Several accounts that added one domain: what an operator sees, and which of them a command means. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

interface DomainJson {
  readonly account: string;
  readonly verified: boolean;
  readonly verified_elsewhere: boolean;
  readonly failing_since: string | null;
  readonly records: readonly { readonly name: string; readonly value: string; readonly status: string }[];
}

const NAME = 'shop.example';
const DAY_MS = 86_400_000;

let stage: CliStage;
beforeEach(async () => {
  stage = new CliStage();
  for (const name of ['blue', 'green']) await stage.text('account', 'add', name);
});
afterEach(async () => await stage.dispose());

const domain = async (verb: string, ...more: string[]) =>
  (await stage.json('domain', verb, NAME, ...more)) as DomainJson;
const publish = ({ records }: DomainJson) => {
  for (const { name, value } of records) stage.txt.set(name, [value]);
};
const withdraw = ({ records }: DomainJson) => {
  for (const { name } of records.slice(0, 2)) stage.txt.delete(name);
};
const verify = (account: string) => stage.run(['domain', 'verify', NAME, '--account', account]);

test('each has records of its own, and adding it again after removing it makes new ones', async () => {
  const blue = await domain('add', '--account', 'blue');
  const green = await domain('add', '--account', 'green');
  expect([blue.account, green.account]).toEqual(['blue', 'green']);
  await stage.text('domain', 'remove', NAME, '--account', 'blue', '--yes');
  const again = await domain('add', '--account', 'blue');
  const selectors = [blue, green, again].flatMap(({ records }) =>
    records.slice(0, 2).map(({ name }) => name),
  );
  expect(new Set(selectors).size).toBe(6);
  expect((await stage.run(['domain', 'add', NAME, '--account', 'blue'])).err).toContain(
    'has been added before',
  );
});

test('the account that was verified first has it; the other is told so once its records are there', async () => {
  const blue = await domain('add', '--account', 'blue');
  const green = await domain('add', '--account', 'green');
  publish(green);
  expect((await verify('green')).code).toBe(0);
  const early = await verify('blue');
  expect(early).toMatchObject({ code: 1 });
  expect(early.err).toContain('its DKIM records are not as they should be');
  publish(blue);
  const late = await verify('blue');
  expect(late.code).toBe(1);
  expect(late.err).toContain(`${NAME} is not verified: another account was verified first`);
  expect(late.err).toContain('who has it: relayctl domain list');
  expect(late.out).toContain('another account was verified first. The domain is free once that account');
  expect(late.out + late.err).not.toContain('green');
  expect(await domain('show', '--account', 'blue')).toMatchObject({
    verified: false,
    verified_elsewhere: true,
  });
  await stage.text('domain', 'remove', NAME, '--account', 'green', '--yes');
  expect((await verify('blue')).code).toBe(0);
  expect(await domain('show', '--account', 'blue')).toMatchObject({
    verified: true,
    verified_elsewhere: false,
  });
});

test('one whose records have failed for a week loses it to the other, and both have an event', async () => {
  const blue = await domain('add', '--account', 'blue');
  const green = await domain('add', '--account', 'green');
  publish(blue);
  await verify('blue');
  publish(green);
  withdraw(blue);
  expect((await verify('green')).code).toBe(1);
  expect(await domain('show', '--account', 'blue')).toMatchObject({
    verified: true,
    failing_since: '2026-11-24T06:12:31.000Z',
  });
  expect(await stage.text('domain', 'show', NAME, '--account', 'blue')).toContain(
    'Its DKIM records are known to fail since 2026-11-24 06:12:31 UTC: 0 of 3 look-ups. Mail is accepted until ' +
      '2026-11-25 06:12:31 UTC at least; one good look-up ends it, and after 7 d another account',
  );
  await stage.clock.advance(7 * DAY_MS);
  expect((await verify('green')).code).toBe(0);
  expect(await domain('show', '--account', 'blue')).toMatchObject({ verified: false, failing_since: null });
  const events = await stage.jsonLines('events', '--type', 'domain_changed');
  expect(events).toMatchObject([
    { event: 'domain_changed', account: 'blue', domain: NAME, verified: false },
    { event: 'domain_changed', account: 'green', domain: NAME, verified: true },
  ]);
  const text = await stage.text('events');
  expect(text).toContain(`domain_changed  account blue  ${NAME}  its DKIM records failed for long`);
});

test('without --account a command means the one of default, else the one that holds it, else asks', async () => {
  publish(await domain('add', '--account', 'green'));
  await domain('add', '--account', 'blue');
  const asked = await stage.run(['domain', 'show', NAME]);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain(
    `several accounts have added ${NAME}: blue, green\n  say which: --account blue`,
  );
  expect((await stage.run(['domain', 'remove', NAME, '--yes'])).code).toBe(2);
  await verify('green');
  expect(await domain('show')).toMatchObject({ account: 'green' });
  await domain('add');
  expect(await domain('show')).toMatchObject({ account: 'default' });
  const list = (await stage.jsonLines('domain', 'list')) as DomainJson[];
  expect(list.map(({ account, verified }) => [account, verified])).toEqual([
    ['blue', false],
    ['default', false],
    ['green', true],
  ]);
});
