/** Makes a store with this program that has one of everything, and keeps it as that of this version: kept-release.ts. */
import path from 'node:path';
import { programVersion } from '../../src/app/version.ts';
import { Stage, RECIPIENT_DOMAIN, SENDER_DOMAIN } from '../e2e/support/stage.ts';
import { keep } from './kept-release.ts';

// Long enough that the mail which waits is not given up before the tests of later years see it.
await using stage = await Stage.start({ config: { delivery: { max_age: '3650d' } } });
const { relay, login } = stage;
const from = `shop@${SENDER_DOMAIN}`;
const submit = async (recipient: string) => {
  const session = await stage.session();
  const id = await session.submitForId({
    from,
    to: [recipient],
    content: `From: ${from}\r\nTo: ${recipient}\r\nSubject: Kept\r\n\r\nFrom an older release.\r\n`,
  });
  await session.quit();
  return id;
};

const { key } = await relay.ctl<{ key: string }>('credential', 'add', '--kind', 'api', '--name', 'api');
await relay.ctl('stream', 'add', 'news');
await relay.ctl('account', 'add', 'shop');
await relay.ctl('webhook', 'add', '--url', 'https://receiver.example/events');
const delivered = await submit(`somebody@${RECIPIENT_DOMAIN}`);
await stage.settled(delivered);
const suppressed = `bounce-550-5.1.1@${RECIPIENT_DOMAIN}`;
await stage.settled(await submit(suppressed));
const recipient = `defer-once-451-4.7.1@${RECIPIENT_DOMAIN}`;
const held = await submit(recipient);
await stage.messageWhere(held, 'a deferral', ({ deliveries }) => deliveries[0]?.state === 'deferred');
await relay.ctl('queue', 'hold', held);
await relay.stop();
keep(path.resolve(relay.dataDir), {
  version: programVersion(),
  login: { username: login.username, password: login.password },
  apiKey: key,
  delivered,
  held: { id: held, recipient },
  suppressed,
});
