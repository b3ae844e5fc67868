/**
 * Takes a report apart: header fields, the text for people, and the parts for programs. MIME structure by mailparser,
 * which this file is the only one to know. Whatever comes in, it resolves: what mailparser refuses, or MIME that is
 * broken, is read as plain text.
 *
 * Limits: 2 MiB are looked at, 50 parts, nesting of 10; a part gives at most 256 Ki characters (512 Ki for delivery
 * status).
 */
import { simpleParser } from 'mailparser';
import { decodeText } from '../../message/header-section.ts';
import { firstValue, parseFields, type Field } from './field-block.ts';
import { textOfHtml } from './html-text.ts';

/** Octets of a message that are looked at; a report says what it has to say before the returned message. */
export const MAX_REPORT_OCTETS = 2 * 1024 * 1024;

const MAX_PARTS = 50;
const MAX_NESTING = 10;
const MAX_HEAD_OCTETS = 128 * 1024;
const MAX_TEXT_CHARACTERS = 256 * 1024;
const MAX_STATUS_CHARACTERS = 512 * 1024;

export interface ReportPart {
  /** Lower case, without parameters. */
  readonly type: string;
  readonly text: string;
}

export interface ReportMail {
  /** Of the report itself. */
  readonly fields: readonly Field[];
  /** Text parts, HTML as text where there is nothing else; joined. */
  readonly text: string;
  /** What is not text for people, in order. */
  readonly parts: readonly ReportPart[];
  /** The body as it came, for reports whose MIME is broken. */
  readonly rawBody: string;
}

export async function readParts(bytes: Uint8Array): Promise<ReportMail> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_REPORT_OCTETS));
  const { fields, body } = splitMessage(head);
  const rawBody = decodeCharset(body.subarray(0, MAX_TEXT_CHARACTERS), undefined);
  if (firstValue(fields, 'content-type', 'mime-version', 'content-transfer-encoding') === undefined) {
    return { fields, text: rawBody, parts: [], rawBody };
  }
  try {
    const parsed = await simpleParser(head, {
      keepDeliveryStatus: true,
      ignoreEmbedded: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      keepCidLinks: true,
      checksumAlgo: false,
      maxHeadSize: MAX_HEAD_OCTETS,
      maxChildNodes: MAX_PARTS,
      // Its converter walks what a stranger nests, in more than linear time: html-text.ts does without.
      skipHtmlToText: true,
    });
    const parts = parsed.attachments
      .filter(({ partId }) => (partId ?? '').split('.').length <= MAX_NESTING)
      .slice(0, MAX_PARTS)
      .map(({ contentType, content, headers }): ReportPart => {
        const limit = contentType.includes('delivery-status') ? MAX_STATUS_CHARACTERS : MAX_TEXT_CHARACTERS;
        return {
          type: contentType.toLowerCase(),
          text: decodeCharset(content.subarray(0, limit), charsetOf(headers)),
        };
      });
    const plain = (parsed.text ?? '').slice(0, MAX_TEXT_CHARACTERS);
    // mailparser leaves HTML as it is where it stands beside other parts.
    const html = typeof parsed.html === 'string' ? parsed.html : '';
    const text = plain.trim() === '' ? textOfHtml(html) : plain;
    return { fields, text, parts, rawBody };
  } catch {
    // Too many parts, an endless header: what there is, is read as text.
    return { fields, text: rawBody, parts: [], rawBody };
  }
}

/** The header fields and the body of a message, with any line ends; an mbox "From " line before it is left out. */
export function splitMessage(bytes: Buffer): { fields: Field[]; body: Buffer } {
  const end = /\r?\n\r?\n|\r\r/.exec(bytes.toString('latin1', 0, MAX_HEAD_OCTETS));
  const headEnd = end === null ? Math.min(bytes.length, MAX_HEAD_OCTETS) : end.index;
  const lines = decodeText(bytes.subarray(0, headEnd)).split(/\r?\n|\r/);
  if (/^>?From /.test(lines[0] ?? '')) lines.shift();
  return {
    fields: parseFields(lines),
    body: bytes.subarray(end === null ? headEnd : headEnd + end[0].length),
  };
}

function charsetOf(headers: Map<string, unknown> | undefined): string | undefined {
  const type = headers?.get('content-type');
  if (typeof type !== 'object' || type === null || !('params' in type)) return undefined;
  const charset = (type.params as Record<string, unknown>)['charset'];
  return typeof charset === 'string' ? charset : undefined;
}

/** As the charset says where it is known; by what the octets look like where it is not, or not true. */
function decodeCharset(bytes: Uint8Array, charset: string | undefined): string {
  const looksJapanese = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('\u001b$');
  const label = looksJapanese ? 'iso-2022-jp' : charset;
  if (label !== undefined && !/^(?:us-)?ascii$|^utf-?8$/i.test(label)) {
    try {
      return new TextDecoder(label).decode(bytes);
    } catch {
      // A charset that nobody knows.
    }
  }
  return decodeText(bytes);
}
