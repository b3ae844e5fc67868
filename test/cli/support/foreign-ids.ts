/**
 * For every command of relayctl: what it is tried with that belongs to another account. A command that is not here, or has an
 * option that takes something of an account and is not tried with it, fails the test.
 */

export interface Tries {
  /** Arguments with `{kind}` of the other account, `{own kind}` of one's own. */
  readonly tries: readonly (readonly string[])[];
  /** Options whose value is nothing of an account's. */
  readonly free?: readonly string[];
}

/** It takes nothing of an account's: why. */
type Nothing = string;

const SELECTIONS: readonly (readonly string[])[] = [
  ['{message}'],
  ['{delivery}'],
  ['--destination', '{own account}-readers.example', '--recipient', '{recipient}'],
  ['--sender', '{sender}'],
  ['--subject', '{subject}'],
  ['--stream', '{stream}'],
];
const NARROWED = ['destination', 'older-than', 'younger-than', 'state'];
const OF_MACHINE = 'it is about the machine, not about an account';
const OF_ALL = 'it is about where mail goes to, which accounts share';
const OF_RELAY = 'failed logins are the relay’s, for whoever runs it; account keys have no such route';
const OF_OPERATOR = 'it names the account that is meant, which is an operator’s to say';

export const FOREIGN_IDS: Readonly<Record<string, Tries | Nothing>> = {
  status: OF_MACHINE,
  doctor: OF_MACHINE,
  health: { tries: [[], ['--by', 'domain'], ['--by', 'stream']] },
  stats: {
    tries: [
      [],
      ['--by', 'domain'],
      ['--domain', '{domain}'],
      ['--stream', '{stream}'],
      ['--tag', '{tag}'],
      ['--credential', '{credential}'],
    ],
    free: ['destination'],
  },
  quickstart: 'it is for a relay with one account',
  send: 'relayd asks whether the account may send from there, as of any mail',
  'domain add': 'every account has a claim of its own; test/security/domain-claims.test.ts',
  'domain list': { tries: [[]] },
  'domain show': { tries: [['{domain}']] },
  'domain verify': { tries: [['{domain}']] },
  'domain remove': { tries: [['{domain}']] },
  'domain rotate-dkim': { tries: [['{domain}'], ['{domain}', '--cancel']] },
  'domain change': { tries: [['{domain}', '--rotate-every', '180d']] },
  'domain zone': 'the relay’s own zone, for whoever runs it; account keys have no such route',
  'user add': OF_OPERATOR,
  'user list': 'who uses the dashboard is an operator’s to say; account keys have no such route',
  'user show': OF_OPERATOR,
  'user change': OF_OPERATOR,
  'user invite': OF_OPERATOR,
  'user remove': OF_OPERATOR,
  'credential add': {
    tries: [['--name', 'mine', '--stream', '{stream}']],
    free: ['kind', 'name', 'domain', 'from', 'scope', 'allow-ip', 'dsn-to', 'certificate'],
  },
  'credential list': { tries: [[], ['--all'], ['--unused']] },
  'credential show': { tries: [['{credential}'], ['{login}']] },
  'credential change': {
    tries: [
      ['{credential}', '--rate', '5'],
      ['{login}', '--rate', '5'],
      ['{own login}', '--stream', '{stream}'],
    ],
    free: [
      ...['add-domain', 'remove-domain', 'add-from', 'remove-from', 'add-allow-ip', 'remove-allow-ip'],
      ...['add-scope', 'remove-scope', 'dsn-to', 'name', 'limit'],
    ],
  },
  'credential rotate': {
    tries: [
      ['{credential}'],
      ['{login}'],
      ['{credential}', '--keep-old', '1h'],
      ['{credential}', '--end-old'],
    ],
    free: ['certificate'],
  },
  'credential revoke': { tries: [['{credential}'], ['{login}']] },
  'login list': OF_RELAY,
  'login clear': OF_RELAY,
  'message list': {
    tries: [
      [],
      ['--refused'],
      ['--recipient', '{recipient}'],
      ['--search', '{recipient}'],
      ['--sender', '{account}'],
      ['--subject', '{account}', '--since', '1d'],
      ['--message-id', '{message}'],
      ['--reply', '{recipient}', '--until', '2027-01-31'],
      ['--stream', '{stream}'],
      ['--tag', '{tag}'],
      ['--destination', '{account}-readers.example'],
      ['--before', '{message}', '--limit', '0'],
    ],
  },
  'message show': { tries: [['{message}'], ['{delivery}'], ['{refused}']] },
  'message trace': { tries: [['{message}'], ['{delivery}'], ['{refused}']] },
  'message raw': { tries: [['{message}'], ['{refused}']] },
  'queue summary': OF_ALL,
  'queue list': { tries: [[], ...SELECTIONS], free: NARROWED },
  'queue retry': { tries: SELECTIONS, free: NARROWED },
  'queue hold': { tries: SELECTIONS, free: NARROWED },
  'queue release': { tries: SELECTIONS, free: NARROWED },
  'queue reroute': {
    tries: SELECTIONS.map((args) => [...args, '--route', 'direct']),
    free: [...NARROWED, 'route'],
  },
  'queue cancel': { tries: SELECTIONS, free: NARROWED },
  'destination list': OF_ALL,
  'destination show': OF_ALL,
  'destination suspend': OF_ALL,
  'destination resume': OF_ALL,
  'route list': OF_ALL,
  'route show': OF_ALL,
  'route test': { tries: [['{recipient}', '--stream', '{stream}']] },
  'source list': OF_MACHINE,
  'source show': OF_MACHINE,
  'source suspend': OF_MACHINE,
  'source resume': OF_MACHINE,
  'suppression list': { tries: [[], ['--stream', '{stream}']] },
  'suppression add': { tries: [['x@{own account}-readers.example', '--stream', '{stream}']] },
  'suppression remove': { tries: [['{suppressed}'], ['{suppressed}', '--stream', '{stream}']] },
  'suppression check': { tries: [['{suppressed}'], ['{suppressed}', '--stream', '{stream}']] },
  'suppression import': { tries: [['theirs.csv', '--stream', '{stream}']] },
  'suppression export': { tries: [[], ['--stream', '{stream}']] },
  'report list': { tries: [[], ['--before', '{report}', '--limit', '0']] },
  'report show': { tries: [['{report}']] },
  'report apply': {
    tries: [['{report}'], ['{own report}', '--message', '{message}', '--recipient', '{recipient}']],
  },
  'report explain': 'it reads a file',
  events: {
    tries: [
      [],
      ['--message', '{message}'],
      ['--recipient', '{recipient}'],
      ['--stream', '{stream}'],
      ['--tag', '{tag}'],
      ['--after', '{event}', '--limit', '0'],
    ],
    free: ['type'],
  },
  'webhook add': { tries: [], free: ['event'] },
  'webhook list': { tries: [[]] },
  'webhook show': { tries: [['{webhook}'], ['{own webhook}', '--before', '{event}']] },
  'webhook test': { tries: [['{webhook}']] },
  'webhook change': { tries: [['{webhook}', '--url', 'https://mine.example/']], free: ['event'] },
  'webhook rotate': { tries: [['{webhook}']] },
  'webhook pause': { tries: [['{webhook}']] },
  'webhook resume': { tries: [['{webhook}'], ['{webhook}', '--skip']] },
  'webhook replay': {
    tries: [
      ['{webhook}', '--failed'],
      ['{own webhook}', '--event-id', '{event}'],
      ['{own webhook}', '--after', '{event}'],
    ],
  },
  'webhook remove': { tries: [['{webhook}']] },
  'template add': 'a name of another account is no name here; the letter of this account goes by it',
  'template list': { tries: [[]] },
  'template show': { tries: [['{named}'], ['{template}'], ['{template}@1']] },
  'template render': { tries: [['{named}'], ['{template}']], free: ['set'] },
  'template remove': { tries: [['{named}'], ['{template}']] },
  'stream add': 'a name of another account is no name here',
  'stream list': { tries: [[]] },
  'stream show': { tries: [['{stream}']] },
  'stream change': { tries: [['{stream}', '--max-age', '1h']] },
  'stream remove': { tries: [['{stream}']] },
  'account add': OF_OPERATOR,
  'account list': { tries: [[]] },
  'account show': OF_OPERATOR,
  'account change': OF_OPERATOR,
  'account suspend': OF_OPERATOR,
  'account resume': OF_OPERATOR,
  'account remove': OF_OPERATOR,
  erase:
    'it counts what the account itself has and did; test/http/tenants.test.ts, test/http/recipients.test.ts',
  'audit list': {
    tries: [
      ['--credential', '{credential}'],
      ['--credential', '{login}'],
      ['--sent'],
      ['--sent', '--credential', '{credential}'],
      ['--sent', '--credential', '{login}'],
      ['--sent', '--before', '{message}', '--limit', '1'],
    ],
    // Its own lines have what it tried all the above with.
    free: ['subject', 'actor', 'action'],
  },
  'audit verify': OF_MACHINE,
  'node list': OF_MACHINE,
  'node drain': OF_MACHINE,
  'node remove': OF_MACHINE,
  'operator test': OF_MACHINE,
  'operator show': OF_MACHINE,
  'certificate show': OF_MACHINE,
  'certificate renew': OF_MACHINE,
  'config check': OF_MACHINE,
  'config show': OF_MACHINE,
  'data-key show': OF_MACHINE,
  'data-key rotate': OF_MACHINE,
  'data-key forget': OF_MACHINE,
  'db backup': OF_MACHINE,
  'db check': OF_MACHINE,
  'db compact': OF_MACHINE,
  'db copy': OF_MACHINE,
  'db migrate': OF_MACHINE,
  completion: OF_MACHINE,
};

/** Values that may be something of an account's: as an option's help calls them. */
export const OF_ACCOUNTS = /<(id|name|stream|domain|address|event|tag|credential|id-or-name|name=value)>/;
