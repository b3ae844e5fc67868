/**
 * Takes a message apart for people who look at it: fields, text, HTML made harmless (draw-html.ts), attachments. MIME structure and
 * charsets by mailparser. Made for strangers' input: the process it runs in bounds time and memory, the limits here what comes out.
 */
import { simpleParser, type Attachment, type ParsedMail } from 'mailparser';
import { decodeEncodedWords } from '../message/encoded-words.ts';
import { fieldText, headerEnd, parseHeaderSection } from '../message/header-section.ts';
import { drawHtml } from './draw-html.ts';
import { imageUrl } from './inline-image.ts';
import type { Preview, PreviewAttachment, PreviewField } from './preview.ts';

const MAX_PARTS = 200;
const MAX_HEAD_OCTETS = 128 * 1024;
const MAX_FIELDS = 300;
const MAX_FIELD_CHARACTERS = 8_000;
const MAX_FIELDS_CHARACTERS = 200_000;
const MAX_TEXT_CHARACTERS = 512 * 1024;
const MAX_NAME_CHARACTERS = 255;

/** Rejects where the MIME is beyond reading: too many parts, a header without an end. */
export async function readPreview(bytes: Uint8Array): Promise<Preview> {
  const { fields, fieldsAreCut } = fieldsOf(bytes);
  const mail = await parse(bytes);
  const byId = new Map(mail.attachments.map((one) => [idOf(one.contentId ?? ''), one]));
  const text = mail.text?.slice(0, MAX_TEXT_CHARACTERS);
  const html = typeof mail.html === 'string' ? mail.html : undefined;
  return {
    ...{ fields, fieldsAreCut, text },
    textIsCut: (mail.text?.length ?? 0) > MAX_TEXT_CHARACTERS,
    html:
      html === undefined
        ? undefined
        : drawHtml(html, (id) => {
            const found = byId.get(idOf(id));
            return found === undefined ? undefined : imageUrl(found.contentType, found.content);
          }),
    attachments: mail.attachments.slice(0, MAX_PARTS).map(attachmentOf),
    attachmentsAreCut: mail.attachments.length > MAX_PARTS,
  };
}

/** `undefined`: there is none of this index. Rejects as above. */
export async function readAttachment(bytes: Uint8Array, index: number): Promise<Uint8Array | undefined> {
  const { attachments } = await parse(bytes);
  return attachments[index]?.content;
}

async function parse(bytes: Uint8Array): Promise<ParsedMail> {
  return await simpleParser(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    keepDeliveryStatus: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
    // Its converter takes more than linear time on what a stranger nests.
    skipHtmlToText: true,
    keepCidLinks: true,
    checksumAlgo: false,
    maxHeadSize: MAX_HEAD_OCTETS,
    maxChildNodes: MAX_PARTS,
  });
}

function attachmentOf(one: Attachment, index: number): PreviewAttachment {
  return {
    index,
    name: (one.filename ?? '').slice(0, MAX_NAME_CHARACTERS),
    type: one.contentType.slice(0, MAX_NAME_CHARACTERS),
    sizeBytes: one.content.length,
    inline: one.related === true,
  };
}

/** In the order of the message. Lines that are no field have an empty name. */
function fieldsOf(bytes: Uint8Array): { readonly fields: PreviewField[]; readonly fieldsAreCut: boolean } {
  const end = headerEnd(bytes.subarray(0, MAX_HEAD_OCTETS));
  const head = bytes.subarray(0, end === -1 ? MAX_HEAD_OCTETS : end);
  const section = parseHeaderSection(head);
  const fields: PreviewField[] = [];
  let left = MAX_FIELDS_CHARACTERS;
  for (const field of section.fields) {
    if (fields.length >= MAX_FIELDS || left <= 0) return { fields, fieldsAreCut: true };
    const name = field.name === '' ? '' : section.octets.slice(field.start, field.valueStart - 1).trim();
    const value = decodeEncodedWords(fieldText(head, field).slice(0, MAX_FIELD_CHARACTERS));
    left -= name.length + value.length;
    fields.push({ name, value: value.slice(0, MAX_FIELD_CHARACTERS) });
  }
  return { fields, fieldsAreCut: end === -1 && bytes.length > MAX_HEAD_OCTETS };
}

/** Of a Content-ID or a `cid:` URL, to compare. RFC 2392. */
function idOf(text: string): string {
  const bare = text.trim().replace(/^<|>$/g, '');
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
