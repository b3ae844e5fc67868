/** What help says beyond the options: examples under every command, and topics for what belongs to none. */
import type { CommandSpec } from './command-spec.ts';

/** The examples of a command, as they stand under its help. */
export function helpAfter({ examples }: CommandSpec): string {
  const lines = examples.flatMap(({ type, does }) => [`  # ${does}`, `  $ relayctl ${type}`]);
  return `\nExamples:\n${lines.join('\n')}`;
}

export function programHelpAfter(): string {
  return `
Examples:
  # is it up, and what is waiting?
  $ relayctl status
  # on a new server: from nothing to a first delivered message
  $ relayctl quickstart example.com
  # set up a sending domain and a login for an application
  $ relayctl domain add example.com
  $ relayctl credential add --name wordpress
  # what became of a message, to the last reply
  $ relayctl message trace msg_01k9q3...

Topics:
  relayctl help environment   variables that relayctl reads
  relayctl help exit-codes    what the exit codes mean
  relayctl help json          what --json prints`;
}

const TOPICS: Readonly<Record<string, string>> = {
  environment: `Environment variables that relayctl reads:

  RELAY_CONFIG       The configuration file, unless --config names one. Without both, the first of
                     ./relay.toml, ./config/relay.toml and /etc/postern/relay.toml that exists.
  RELAY_...          Any key of the configuration: RELAY_DATA_DIR, RELAY_DNS__SERVERS
                     (two underscores for the dot). See: relayctl config show
  RELAY_..._FILE     For secrets: the file that holds the value (RELAY_DATA_KEY_FILE).
  NO_COLOR           Set to anything: no colours. There are none either unless standard output is a terminal.
`,
  'exit-codes': `Exit codes:

  0   done
  1   failed, or what was named does not exist; also: domain verify found records missing or different,
      a message of relayctl send did not arrive, quickstart is not through, db check found damage
  2   wrong usage: nothing was done, the message says what to type
  3   status cannot tell: relayd is down or the store cannot be read; status exits with 1 when a check failed
`,
  json: `With --json every command prints JSON on standard output:

  One document for a command about one thing (domain show), one object a line for a list (message list,
  events). Keys are stable; more may be added. Times are RFC 3339 in UTC with milliseconds. What does not
  exist is null.

  A failure prints {"error": {"code", "message"}} on standard error and exits with 1 or 2.

  No questions are asked: destructive commands need --yes.
`,
};

/** The text of a topic of `relayctl help`; `undefined` when there is no such topic. */
export function topicHelp(name: string): string | undefined {
  return Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
}
