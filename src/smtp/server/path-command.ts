/**
 * The syntax of MAIL and RCPT: path and ESMTP parameters of one command line, validated and typed, or the reply that
 * names the problem. RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.2; SIZE RFC 1870, BODY RFC 6152, SMTPUTF8 RFC 6531, RET,
 * ENVID, NOTIFY, ORCPT RFC 3461, AUTH= RFC 4954 §5; those of submission are in submission-parameters.ts.
 *
 * Liberal where it is harmless: white space after the colon, a path without angle brackets, source routes (dropped,
 * RFC 5321 appendix C). Domains become A-labels. No policy: the session decides whether an address may be used.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { isMailbox, parseMailbox, type Mailbox } from '../address.ts';
import { decodeXtext, type BodyType, type DsnNotify, type DsnReturn } from '../envelope.ts';
import type { Reply } from '../reply.ts';
import { NO_POSTMASTER, reply } from './replies.ts';
import {
  contradictionOf,
  readSubmissionParameter,
  SUBMISSION_PARAMETERS,
  type SubmissionParameters,
} from './submission-parameters.ts';

export interface MailCommand {
  /** `undefined`: the null reverse-path. */
  readonly reversePath: Mailbox | undefined;
  /** The client's SIZE=, octets. */
  readonly sizeBytes: number | undefined;
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  readonly dsnReturn: DsnReturn | undefined;
  readonly envelopeId: string | undefined;
  /** Empty where they are not offered. */
  readonly submission: Readonly<SubmissionParameters>;
}

export interface RcptCommand {
  readonly recipient: Mailbox;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly originalRecipient: string | undefined;
}

export interface Refusal {
  readonly refusal: Reply;
}

/** Octets; RFC 3461 §4.4 and §4.2. */
const MAX_ENVELOPE_ID = 100;
const MAX_ORIGINAL_RECIPIENT = 500;
/** A reply line has 512 octets (RFC 5321 §4.5.3.1.5). */
const MAX_SHOWN_PATH = 100;

type Parameters = ReadonlyMap<string, string | undefined>;

interface PathAndParameters {
  readonly path: string;
  readonly parameters: Parameters;
}

const MAIL_PARAMETERS: readonly string[] = ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH'];
const NO_PARAMETERS: SubmissionParameters = {};

/**
 * `line`: the whole command without its line end, as octets (the path may be UTF-8). `submittedAtMs`: now, where the parameters
 * of submission are offered.
 */
export function parseMailCommand(line: Uint8Array, submittedAtMs?: number): MailCommand | Refusal {
  const parsed = parseLine(line, MAIL);
  if ('refusal' in parsed) return parsed;
  const { path, parameters } = parsed;
  let sizeBytes: number | undefined;
  let bodyType: BodyType = '7bit';
  let smtpUtf8 = false;
  let dsnReturn: DsnReturn | undefined;
  let envelopeId: string | undefined;
  let submission = NO_PARAMETERS;
  for (const [name, value] of parameters) {
    if (name === 'SIZE' && value !== undefined && /^\d{1,20}$/.test(value)) sizeBytes = Number(value);
    else if (name === 'BODY' && /^(?:7BIT|8BITMIME)$/i.test(value ?? ''))
      bodyType = value?.toUpperCase() === '7BIT' ? '7bit' : '8bitmime';
    else if (name === 'SMTPUTF8' && value === undefined) smtpUtf8 = true;
    else if (name === 'RET' && /^(?:FULL|HDRS)$/i.test(value ?? ''))
      dsnReturn = value?.toUpperCase() === 'FULL' ? 'full' : 'hdrs';
    else if (name === 'ENVID' && (envelopeId = readXtext(value, MAX_ENVELOPE_ID)) !== undefined) continue;
    // Accepted and ignored: authorization is ours (RFC 4954 §5 allows that).
    else if (name === 'AUTH' && value !== undefined) continue;
    else if (submittedAtMs !== undefined && SUBMISSION_PARAMETERS.includes(name)) {
      if (submission === NO_PARAMETERS) submission = {};
      const wrong = readSubmissionParameter(submission, name, value, submittedAtMs);
      if (wrong !== undefined) return refuse(501, '5.5.4', wrong);
    } else return badParameter('MAIL', name, MAIL_PARAMETERS);
  }
  const contradiction = contradictionOf(submission);
  if (contradiction !== undefined) return refuse(501, '5.5.4', contradiction);
  const rest = { sizeBytes, bodyType, smtpUtf8, dsnReturn, envelopeId, submission };
  if (path === '') return { ...rest, reversePath: undefined };
  const mailbox = readPath(path, smtpUtf8);
  if ('refusal' in mailbox) return mailbox;
  if ('problem' in mailbox) return refuse(553, MAIL.badPath, `<${shorten(path)}>: ${mailbox.problem}`);
  return { ...rest, reversePath: mailbox };
}

/**
 * `smtpUtf8`: MAIL carried the parameter. `postmaster`: the mailbox of `<Postmaster>` without a domain, which every
 * server must accept (RFC 5321 §4.1.1.3, §4.5.1); `undefined`: not configured.
 */
export function parseRcptCommand(
  line: Uint8Array,
  smtpUtf8: boolean,
  postmaster?: Mailbox,
): RcptCommand | Refusal {
  const parsed = parseLine(line, RCPT);
  if ('refusal' in parsed) return parsed;
  const { path, parameters } = parsed;
  let notify: readonly DsnNotify[] | undefined;
  let originalRecipient: string | undefined;
  for (const [name, value] of parameters) {
    if (name === 'NOTIFY' && (notify = readNotify(value)) !== undefined) continue;
    if (name === 'ORCPT' && (originalRecipient = readOriginalRecipient(value)) !== undefined) continue;
    return badParameter('RCPT', name, ['NOTIFY', 'ORCPT']);
  }
  const isPostmaster = /^postmaster$/i.test(path);
  if (isPostmaster && postmaster === undefined) return { refusal: NO_POSTMASTER };
  const mailbox = isPostmaster && postmaster !== undefined ? postmaster : readPath(path, smtpUtf8);
  if ('refusal' in mailbox) return mailbox;
  if ('problem' in mailbox) return refuse(553, RCPT.badPath, `<${shorten(path)}>: ${mailbox.problem}`);
  return { recipient: mailbox, notify, originalRecipient };
}

interface Form {
  readonly start: RegExp;
  readonly syntax: string;
  /** Enhanced status code of a malformed path. */
  readonly badPath: string;
}

const MAIL: Form = {
  start: /^MAIL\s+FROM\s*:\s*/i,
  syntax: 'Syntax: MAIL FROM:<address> [parameters]',
  badPath: '5.1.7',
};
const RCPT: Form = {
  start: /^RCPT\s+TO\s*:\s*/i,
  syntax: 'Syntax: RCPT TO:<address> [parameters]',
  badPath: '5.1.3',
};

/** The returned path has no brackets and no source route. */
function parseLine(octets: Uint8Array, form: Form): PathAndParameters | Refusal {
  const line = decode(octets);
  if (line === undefined) return refuse(501, '5.5.2', 'The command is not valid UTF-8');
  const start = form.start.exec(line)?.[0].length;
  if (start === undefined) return refuse(501, '5.5.4', form.syntax);
  const end = line.charAt(start) === '<' ? bracketedEnd(line, start) : bareEnd(line, start);
  if (end === undefined) return refuse(553, form.badPath, `Malformed address. ${form.syntax}`);
  const written = line.slice(start, end);
  const inner = written.startsWith('<') ? written.slice(1, -1) : written;
  const path = inner.replace(/^@[^\s,:@<>"]+(?:,@[^\s,:@<>"]+)*:/, '');
  const rest = line.slice(end);
  if (rest !== '' && !/^\s/.test(rest)) return refuse(501, '5.5.4', form.syntax);
  const parameters = readParameters(rest);
  return 'refusal' in parameters ? parameters : { path, parameters: parameters.parameters };
}

function decode(octets: Uint8Array): string | undefined {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN_PATH ? `${text.slice(0, MAX_SHOWN_PATH)}...` : text;
}

/** The offset after `>`; a quoted local part may contain `>` and spaces. */
function bracketedEnd(line: string, start: number): number | undefined {
  let quoted = false;
  for (let at = start + 1; at < line.length; at++) {
    const character = line.charAt(at);
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '>') return at + 1;
  }
  return undefined;
}

/** Old devices omit the brackets. Only a single word is accepted this way. */
function bareEnd(line: string, start: number): number | undefined {
  const word = /^[^\s<>"]+/.exec(line.slice(start))?.[0];
  return word === undefined ? undefined : start + word.length;
}

function readParameters(text: string): { parameters: Parameters } | Refusal {
  const parameters = new Map<string, string | undefined>();
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue;

    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20\x7f]+))?$/.exec(word);
    const name = match?.[1]?.toUpperCase();
    if (name === undefined) return refuse(501, '5.5.4', 'A parameter has the form NAME or NAME=value');
    if (parameters.has(name)) return refuse(501, '5.5.4', `The parameter ${name} is given twice`);
    parameters.set(name, match?.[2]);
  }
  return { parameters };
}

function readPath(path: string, smtpUtf8: boolean): Mailbox | { readonly problem: string } | Refusal {
  if (!smtpUtf8 && /[^\x00-\x7f]/.test(path)) {
    return refuse(553, '5.6.7', 'An address that is not ASCII needs the SMTPUTF8 parameter of MAIL');
  }
  const mailbox = parseMailbox(path);
  return isMailbox(mailbox) ? mailbox : { problem: mailbox.problem };
}

function readXtext(value: string | undefined, maxLength: number): string | undefined {
  return value === undefined || value.length > maxLength ? undefined : decodeXtext(value);
}

function readNotify(value: string | undefined): readonly DsnNotify[] | undefined {
  const words = (value ?? '').toLowerCase().split(',');
  if (words.length === 1 && words[0] === 'never') return ['never'];
  const wanted = (['success', 'failure', 'delay'] as const).filter((word) => words.includes(word));
  return wanted.length > 0 && words.length === wanted.length ? wanted : undefined;
}

function readOriginalRecipient(value: string | undefined): string | undefined {
  const match = /^([A-Za-z0-9-]+);(.+)$/.exec(value ?? '');
  const type = match?.[1];
  const address = match?.[2];
  if (type === undefined || address === undefined || address.length > MAX_ORIGINAL_RECIPIENT)
    return undefined;
  // utf-8-addr-unitext (RFC 6533 §3) is literal UTF-8; everything else is xtext.

  const decoded = /[^\x00-\x7f]/.test(address) ? address : decodeXtext(address);
  return decoded === undefined || decoded === '' ? undefined : `${type};${decoded}`;
}

function badParameter(command: string, name: string, known: readonly string[]): Refusal {
  return known.includes(name)
    ? refuse(501, '5.5.4', `The parameter ${name} of ${command} has a value that is not allowed`)
    : refuse(555, '5.5.4', `${command} does not know the parameter ${name}`);
}

function refuse(code: number, status: string, text: string): Refusal {
  return { refusal: reply(code, status, text) };
}
