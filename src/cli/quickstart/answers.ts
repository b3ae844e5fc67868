/** What quickstart has to know: from flags, else asked on a terminal, else the defaults. Every question has a flag. */
import type { DkimKeySet } from '../../dkim/dkim-key.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { smartHostOf, type SmartHostAnswer } from './smart-host.ts';
import { domainName } from '../input/lookup.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput } from '../program/command-spec.ts';
import { mailboxOf, type Options } from '../program/options.ts';

export interface Answers {
  readonly domain: string;
  readonly hostname: string;
  /** Where mail to postmaster goes; with it the relay takes bounces and complaints on port 25. */
  readonly postmaster: string | undefined;
  /** Recipient of the test message. */
  readonly to: string | undefined;
  readonly from: string;
  readonly credentialName: string;
  readonly keySet: DkimKeySet;
  /** Takes all mail; `undefined`: none was named. */
  readonly smartHost: SmartHostAnswer | undefined;
  /** How long to wait for the DNS records; 0: not at all. */
  readonly waitMs: number;
}

/** What is in force already. */
export interface Defaults {
  readonly hostname: string | undefined;
  readonly postmaster: string | undefined;
  /** Port 25 is taken care of. */
  readonly listensForReports: boolean;
}

const WAIT_MS = 10 * 60_000;
const MOST_WAIT_MS = 24 * 3_600_000;

export async function readAnswers(
  context: CommandContext,
  { arguments: [typed = ''], options }: CommandInput,
  defaults: Defaults,
): Promise<Answers> {
  const domain = domainName(typed);
  const ask = asker(context);
  const mailbox = (what: string) => (text: string) => formatMailbox(mailboxOf(text, what));
  return {
    domain,
    hostname: (await ask({
      given: options.text('hostname'),
      question: 'Host name of this machine (DNS and EHLO)',
      otherwise: defaults.hostname ?? `mail.${domain}`,
      read: domainName,
    })) as string,
    postmaster: await ask({
      given: options.text('postmaster'),
      question: 'Receive bounces and complaints on port 25: address for mail to postmaster (Enter: off)',
      otherwise: defaults.postmaster,
      read: mailbox('--postmaster'),
    }),
    to: await ask({
      given: options.text('to'),
      question: 'Recipient of a test message, at another provider (Enter: none)',
      otherwise: undefined,
      read: mailbox('--to'),
    }),
    from: mailbox('--from')(options.text('from') ?? `postmaster@${domain}`),
    credentialName: options.text('name') ?? domain,
    keySet: options.choice('dkim', ['both', 'rsa']) ?? 'both',
    smartHost: await smartHostOf(context, options),
    waitMs: waitOf(options),
  };
}

/** Asked once the records are on the screen. */
export async function waitFor(context: CommandContext, { waitMs }: Answers): Promise<number> {
  if (waitMs > 0 || !mayAsk(context)) return waitMs;
  const answer = await context.io.ask('Wait up to 10 minutes for the DNS records? [y/N] ');
  return /^y(?:es)?$/i.test(answer.trim()) ? WAIT_MS : 0;
}

export function mayAsk({ io, global }: CommandContext): boolean {
  return io.inIsTerminal && !global.json && !global.yes;
}

export interface Question {
  readonly given: string | undefined;
  readonly question: string;
  readonly otherwise: string | undefined;
  /** Throws CliFailure for what cannot be meant. */
  readonly read: (text: string) => string;
}

export function asker(context: CommandContext): (question: Question) => Promise<string | undefined> {
  const { io } = context;
  return async ({ given, question, otherwise, read }) => {
    if (given !== undefined) return read(given);
    while (mayAsk(context)) {
      const answer = (
        await io.ask(`${question}${otherwise === undefined ? '' : ` [${otherwise}]`}: `)
      ).trim();
      if (answer === '') break;
      try {
        return read(answer);
      } catch (error) {
        if (!(error instanceof CliFailure)) throw error;
        io.err(`  ${error.message}\n`);
      }
    }
    return otherwise;
  };
}

function waitOf(options: Options): number {
  if (options.flag('wait')) return WAIT_MS;
  return Math.min(options.durationMs('wait') ?? 0, MOST_WAIT_MS);
}
