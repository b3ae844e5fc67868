/**
 * Reads the piece of SMTP dialogue that many reports show: `>>> RCPT To:<...>` / `<<< 550 ...` (sendmail, Courier and
 * others), `Sent <<<` / `Received >>>` (InterScan), `In:` / `Out:` (Postfix's server),
 * `-->` / `<--` (MDaemon, with the time before). It tells which command was refused and the whole of a reply of which the
 * report's fields give the first line only.
 */
import { addressesIn, firstAddress, sameAddress } from './addresses-in-text.ts';
import { stageOfCommand } from './reply-stage.ts';
import type { ReportedStage } from './report.ts';

const MAX_EXCHANGES = 100;
const MAX_REPLY_CHARACTERS = 2_000;
/** A recipient is looked for in the words of so many: where there are more, the commands name them. */
const MAX_COMPARED = 20;

export interface Exchange {
  /** `undefined`: the reply came unasked, as a greeting. */
  readonly command: string | undefined;
  /** The address of a RCPT command. */
  readonly recipient: string | undefined;
  readonly stage: ReportedStage | undefined;
  /** Lines joined by one space, codes included. */
  readonly reply: string;
}

/** Commands that sendmail's own verdict follows: `550 5.1.1 <user@example.org>... User unknown`. */
export interface Verdict {
  readonly recipient: string;
  readonly text: string;
}

export interface Transcript {
  /** Failures only: replies of 4yz and 5yz. */
  readonly refusals: readonly Exchange[];
  /** Addresses of all RCPT commands. */
  readonly recipients: readonly string[];
  readonly verdicts: readonly Verdict[];
}

/** `Mon 2026-03-02 10:00:00: [1:1] `, as logs have it. */
const WHEN = String.raw`\s{0,4}(?:(?:[A-Z][a-z]{2} )?[\d/.-]{6,12} [\d:.]{5,14}:? (?:\[[\d:]{1,20}\] )?)?`;
const COMMAND = new RegExp(
  String.raw`^${WHEN}(?:>>>|-->|Sent\s+(?:<<<|>>>)|In:)\s+((?:HELO|EHLO|LHLO|MAIL|RCPT|DATA|BDAT|QUIT|RSET|STARTTLS|AUTH)\b.*)$`,
  'i',
);
const REPLY = new RegExp(
  String.raw`^${WHEN}(?:<<<|<--|Received\s+(?:<<<|>>>)|Out:)\s*((\d{3})(?:[ -]|$).*)$`,
  'i',
);
const OTHER_HOST = /^\.\.\. ?while talking to /i;
const VERDICT = /^\s{0,4}([45]\d\d(?: [45]\.\d{1,3}\.\d{1,3})?) <?([^<>]{1,320}?)>?\.\.\. (.*)$/;
/** `554 too many hops 19 (17 max): from <...> via localhost, to <user@example.org>`: the same with the address behind. */
const VERDICT_BEFORE =
  /^\s{0,4}([45]\d\d(?: [45]\.\d{1,3}\.\d{1,3})?) (.{1,320}?: from .{1,320} via .{1,320}), to <?([^<>]{1,320})>?$/;

export function readTranscript(lines: readonly string[]): Transcript {
  const exchanges: { command: string | undefined; reply: string; code: number }[] = [];
  const verdicts: Verdict[] = [];
  const recipients = new Set<string>();
  let command: string | undefined;
  let continues = false;
  for (const line of lines) {
    const asked = COMMAND.exec(line)?.[1];
    const answered = REPLY.exec(line);
    const last = exchanges.at(-1);
    if (asked !== undefined) {
      command = asked;
      continues = false;
    } else if (answered?.[1] !== undefined) {
      const code = Number(answered[2]);
      if (continues && last?.code === code) {
        last.reply = `${last.reply} ${answered[1]}`.slice(0, MAX_REPLY_CHARACTERS);
      } else if (exchanges.length < MAX_EXCHANGES) {
        exchanges.push({ command, reply: answered[1].slice(0, MAX_REPLY_CHARACTERS), code });
      }
      continues = answered[1].charAt(3) === '-';
    } else if (OTHER_HOST.test(line)) {
      command = undefined;
      continues = false;
    } else {
      const verdict = verdictIn(line);
      if (verdict !== undefined && verdicts.length < MAX_EXCHANGES) {
        verdicts.push(verdict);
      } else if (command !== undefined && last?.command !== command && /^\s+\S/.test(line)) {
        // A long command goes on in the next line.
        command = `${command} ${line.trim()}`.slice(0, MAX_REPLY_CHARACTERS);
      }
      continues = false;
    }
    if (command !== undefined && stageOfCommand(command) === 'rcpt') {
      for (const address of addressesIn(command.replace(/\bORCPT=.*/i, ''), 1)) recipients.add(address);
    }
  }
  const refusals = exchanges
    .filter(({ code, command: asked }) => code >= 400 && !/^(?:QUIT|RSET)/i.test(asked ?? ''))
    .map(({ command: asked, reply }): Exchange => {
      const recipient =
        asked !== undefined && stageOfCommand(asked) === 'rcpt' ? firstAddress(asked) : undefined;
      return {
        command: asked,
        recipient,
        stage: asked === undefined ? 'greeting' : stageOfCommand(asked),
        reply,
      };
    });
  return { refusals, recipients: [...recipients], verdicts };
}

function verdictIn(line: string): Verdict | undefined {
  const [, code = '', named, words = ''] = VERDICT.exec(line) ?? [];
  const [, codeBefore = '', wordsBefore = '', namedLast] = VERDICT_BEFORE.exec(line) ?? [];
  const recipient = firstAddress(named ?? namedLast ?? '');
  if (recipient === undefined) return undefined;
  return { recipient, text: named === undefined ? `${codeBefore} ${wordsBefore}` : `${code} ${words}` };
}

/**
 * The refusal that is about `recipient`: one that names it, one that begins with the words known from elsewhere, else
 * the first. With pipelining sendmail shows the replies to RCPT after DATA: its own verdict (`550 5.1.1 <...>... User
 * unknown`) tells that the address was refused and not the message. `named`: all that the notice names, in lower case;
 * what was said of another of them is not about this one.
 */
export function refusalOf(
  transcript: Transcript,
  recipient: string | undefined,
  words: string,
  named: ReadonlySet<string>,
): { readonly reply: string; readonly stage: ReportedStage | undefined } | undefined {
  const { verdicts } = transcript;
  const refusals = transcript.refusals.filter(
    (one) =>
      one.recipient === undefined ||
      sameAddress(one.recipient, recipient) ||
      !named.has(one.recipient.toLowerCase()),
  );
  const compared = refusals.slice(0, MAX_COMPARED);
  const known = words.replace(/^(\d{3})[ -]/, '').slice(0, 40);
  const found =
    refusals.find((one) => sameAddress(one.recipient, recipient)) ??
    compared.find(({ reply }) => known.length >= 8 && reply.includes(known)) ??
    (recipient === undefined ? undefined : compared.find(({ reply }) => reply.includes(recipient))) ??
    refusals.find(({ reply }) => !/^503[ -]/.test(reply)) ??
    refusals[0];
  if (found === undefined) return undefined;
  const addressRefused = verdicts.some(
    (verdict) =>
      sameAddress(verdict.recipient, recipient) && /^5\d\d 5\.1\.1 User unknown/i.test(verdict.text),
  );
  if (found.stage === 'data') return { reply: found.reply, stage: addressRefused ? 'rcpt' : 'final' };
  return { reply: found.reply, stage: found.stage };
}

/** What sendmail itself says of `recipient`, where it says so of several. */
export function verdictOn({ verdicts }: Transcript, recipient: string | undefined): string | undefined {
  if (verdicts.length < 2 || verdicts.length > MAX_COMPARED) return undefined;
  return verdicts.find((one) => sameAddress(one.recipient, recipient))?.text;
}
