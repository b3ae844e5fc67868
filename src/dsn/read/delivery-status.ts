/**
 * Reads the part of a delivery report that is for programs: message/delivery-status (RFC 3464 §2), its UTF-8 form
 * (RFC 6533 §3), and the same fields where they stand in a text, a forwarded message or broken MIME. Tolerant: fields in
 * any order, missing types and blank lines, comments, replies over several unindented lines.
 */
import { addressesIn, firstAddress } from './addresses-in-text.ts';
import { firstValue, isFieldLine, parseFields, splitBlocks, type Field } from './field-block.ts';
import { findReply } from './reply-in-text.ts';
import { stageInWords } from './reply-stage.ts';
import type { ReportAction, ReportedRecipient } from './report.ts';

/** Recipients that one report may name. */
export const MAX_REPORTED = 1_000;

const MAX_TEXT_CHARACTERS = 2_000;

const RECIPIENT_FIELDS = ['final-recipient', 'original-recipient', 'x-actual-recipient'] as const;

/** What a delivery report says of one recipient, before it is known whether it is a failure. */
export interface ReportedDelivery extends Omit<ReportedRecipient, 'kind' | 'feedbackType'> {
  /** The reply has further lines that are not given here. */
  readonly cutShort?: boolean;
}

export interface DeliveryStatus {
  readonly recipients: readonly ReportedDelivery[];
  /** X-Relay-Message-Id of a report that this relay wrote itself. */
  readonly relayMessageId: string | undefined;
}

/** `text`: the part's body. Empty when no recipient is named. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const blocks = splitBlocks(text, MAX_REPORTED + 1).map(parseFields);
  const recipients = blocks
    .flatMap(splitGroups)
    .filter((fields) => fields.some(({ name }) => isRecipientField(name)))
    .slice(0, MAX_REPORTED)
    .map(readRecipient);
  const relayMessageId = blocks
    .map((fields) => firstValue(fields, 'x-relay-message-id'))
    .find((value) => value !== undefined);
  return { recipients, relayMessageId };
}

function isRecipientField(name: string): boolean {
  return (RECIPIENT_FIELDS as readonly string[]).includes(name);
}

/** Recipients without a blank line between: a field that names one comes a second time. */
function splitGroups(fields: readonly Field[]): Field[][] {
  const groups: Field[][] = [[]];
  for (const field of fields) {
    const group = groups.at(-1) ?? [];
    if (isRecipientField(field.name) && group.some(({ name }) => name === field.name)) groups.push([field]);
    else group.push(field);
  }
  return groups;
}

const FIRST_FIELD =
  /^[ \t>]*(?:reporting-mta|received-from-mta|arrival-date|original-recipient|final-recipient|action)[ \t]*:/i;
const PART_END = /^--\S/;

/** Delivery status fields that stand in a text: from the first of them to the end of the MIME part. */
export function embeddedDeliveryStatus(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => FIRST_FIELD.test(line));
  if (start < 0) return undefined;
  const indent = /^[ \t]*/.exec(lines[start] ?? '')?.[0] ?? '';
  const kept: string[] = [];
  for (const line of lines.slice(start)) {
    const own = line.startsWith(indent) ? line.slice(indent.length) : line;
    if (PART_END.test(own)) break;
    kept.push(own);
  }
  return kept.some((line) => isFieldLine(line) && /^(?:final|original)-recipient/i.test(line))
    ? kept.join('\n')
    : undefined;
}

function readRecipient(fields: readonly Field[]): ReportedDelivery {
  const final = readAddress(firstValue(fields, 'final-recipient', 'x-actual-recipient'));
  const original = readAddress(firstValue(fields, 'original-recipient'));
  const statusField = firstValue(fields, 'status') ?? '';
  const ownStatus = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(statusField)?.[1];
  const comment = /\(([^()]{3,200})\)\s*$/.exec(statusField)?.[1] ?? '';
  const diagnostic = readDiagnostic(firstValue(fields, 'diagnostic-code') ?? supplementary(fields));
  const found = findReply(diagnostic);
  const given = firstValue(fields, 'action', 'ction') ?? '';
  const words = [found.text, found.reply === undefined ? comment : ''].filter((word) => word !== '');
  return {
    recipient: isPublic(final) || original === undefined ? (final ?? original) : original,
    originalRecipient: original,
    action: readAction(given, found.status ?? ownStatus),
    // A reply's own code goes before the field: mailers fill that in with less care.
    status: found.reply?.status ?? ownStatus ?? found.status,
    reply: found.reply,
    cutShort: /^\d{3}-/.test(diagnostic) && !/ \d{3} /.test(diagnostic),
    text: (words.join(' ') || (/expired/i.test(given) ? 'message expired' : '')).slice(
      0,
      MAX_TEXT_CHARACTERS,
    ),
    stage: stageInWords(`${diagnostic} ${comment}`),
    ownMailbox: false,
    remoteMta: /^[^;]*;\s*(\S+)/.exec(firstValue(fields, 'remote-mta') ?? '')?.[1],
  };
}

/** An address as others know it: not X.400, not a name within the receiving system. */
function isPublic(address: string | undefined): boolean {
  return address !== undefined && /^[^/|\s][^\s]*@[^@\s]+\.[^@\s.]+$/.test(address);
}

/** RFC 3464 §2.3.3; what is not one of its words counts as a failure, unless the status says otherwise. */
export function readAction(given: string, status: string | undefined): ReportAction {
  const word = /^[\s]*([a-z]+)/i.exec(given)?.[1]?.toLowerCase() ?? '';
  switch (word) {
    case 'delivered':
    case 'relayed':
    case 'expanded':
    case 'delayed':
    case 'failed':
      return word;
    case 'deferred':
    case 'delay':
    case 'warning':
      return 'delayed';
    default:
      return word === '' && status?.startsWith('2') === true ? 'delivered' : 'failed';
  }
}

/** `rfc822; user@example.org` in all its spellings; what is no address is given as it stands. */
export function readAddress(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const typed = /^\s*([A-Za-z0-9-]{1,40})\s*;\s*(.*)$/s.exec(value);
  const type = typed?.[1]?.toLowerCase();
  let address = (typed?.[2] ?? value).trim();
  // RFC 6533 §3: other characters as \x{HEX}.
  if (type === 'utf-8') {
    address = address.replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (escape, hex: string) => {
      const point = Number.parseInt(hex, 16);
      return point > 0x1f && point <= 0x10ffff ? String.fromCodePoint(point) : escape;
    });
  }
  const pipe = /^[|/]/.test(address);
  const found = pipe ? addressesIn(address).at(-1) : firstAddress(address);
  const kept = found ?? address.replace(/^<|>$/g, '').trim();
  return kept === '' ? undefined : kept.slice(0, 320);
}

/** Exit codes of local delivery programs, as sysexits.h names them. */
const EXIT_CODES: Readonly<Record<string, string>> = {
  64: 'command line usage error',
  65: 'data format error',
  66: 'cannot open input',
  67: 'user unknown',
  68: 'host name unknown',
  69: 'service unavailable',
  70: 'internal software error',
  71: 'system error',
  72: 'critical system file missing',
  73: "can't create output file",
  74: 'input/output error',
  75: 'temporary failure',
  76: 'remote error in protocol',
  77: 'insufficient permission',
  78: 'configuration error',
};

/** Exchange 2003: `X-Supplementary-Info: <mx.example.org #5.0.0 smtp; 550 Unknown user>`. */
function supplementary(fields: readonly Field[]): string | undefined {
  const value = firstValue(fields, 'x-supplementary-info')?.trim();
  return value?.replace(/^<\S{1,255} #[245]\.\d{1,3}\.\d{1,3} /, '').replace(/>$/, '');
}

function readDiagnostic(value: string | undefined): string {
  if (value === undefined) return '';
  const typed = /^\s*([A-Za-z][A-Za-z0-9-]{0,40})\s*;\s*(.*)$/s.exec(value);
  const text = (typed?.[2] ?? value).trim();
  if (/^\d{2}$/.test(text)) return `${EXIT_CODES[text] ?? 'local delivery failed'} (exit code ${text})`;
  return text;
}
