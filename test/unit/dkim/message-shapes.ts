/** Messages of every shape that DKIM has to survive, as a client might submit them: line ends not repaired yet. */

const HEADER =
  'From: "Ada" <ada@example.org>\r\nTo: b@example.net\r\nSubject: shape\r\nDate: Mon, 05 Jan 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n';

export interface MessageJson {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Holds obsolete syntax (RFC 5322 §4.5) that not every parser reads. */
  readonly obsolete?: true;
}

export const messageShapes: readonly MessageJson[] = [
  shape('plain text', `${HEADER}\r\nHello\r\n`),
  shape('an empty body', `${HEADER}\r\n`),
  shape('no empty line', HEADER),
  shape('a body of empty lines', `${HEADER}\r\n\r\n\r\n\r\n`),
  shape('a body of white space', `${HEADER}\r\n \t\r\n\t\r\n `),
  shape('no line end at the end', `${HEADER}\r\nHello`),
  shape('trailing white space and empty lines', `${HEADER}\r\n\r\na  b\t\tc \t\r\n\r\n \r\n\r\n`),
  shape('bare line feeds', `${HEADER}\r\nHello\nworld\n`.replaceAll('\r\n', '\n')),
  shape('mixed line ends', `${HEADER}\r\na\rb\nc\r\nd\r\r\ne\n\r\n`),
  shape('lines that start with a dot', `${HEADER}\r\n.\r\n..\r\n.a\r\n`),
  shape('8-bit octets that are no UTF-8', `${HEADER}X-A: \xff\xfe\r\n\r\n\xe4\xf6\xfc\x80\x01\r\n`),
  shape('an 8-bit subject', HEADER.replace('shape', 'J\xf6rg \xa0 x') + '\r\nx\r\n'),
  shape(
    'UTF-8 in the header',
    Buffer.from(HEADER.replace('Ada', 'Ädä 日本').replace('shape', '日本') + '\r\n日本\r\n').toString(
      'latin1',
    ),
  ),
  shape('folded fields', HEADER.replace('shape', '\r\n one\r\n\t two \t three  \r\n   four') + '\r\nx\r\n'),
  shape('a field that ends in an empty fold', HEADER.replace('shape', 'one\r\n ') + '\r\nx\r\n'),
  shape('empty fields', `${HEADER}Cc:\r\nReply-To: \r\n\r\nx\r\n`),
  shape('names in odd case', HEADER.replace('Subject:', 'SUBJECT:').replace('To: ', 'tO:') + '\r\nx\r\n'),
  { ...shape('white space before colons', HEADER.replaceAll(': ', '\t :') + '\r\nx\r\n'), obsolete: true },
  shape(
    'repeated fields',
    `${HEADER}List-Unsubscribe: <https://x/a>\r\nList-Unsubscribe: <https://x/b>\r\nList-Id: <a>\r\nList-Id: <b>\r\n\r\nx\r\n`,
  ),
  shape(
    'every signed field',
    `${HEADER}Cc: c@x\r\nReply-To: d@x\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\nSender: s@x\r\nIn-Reply-To: <0@x>\r\nReferences: <0@x> <00@x>\r\nList-Id: <l.x>\r\nList-Unsubscribe: <https://x/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nx\r\n`,
  ),
  shape(
    'many fields',
    HEADER + Array.from({ length: 2_000 }, (_, i) => `X-Field-${i}: ${i}\r\n`).join('') + '\r\nx\r\n',
  ),
  shape('a long header line', `${HEADER}References: ${'<x@example.org> '.repeat(400)}\r\n\r\nx\r\n`),
  shape('long body lines', `${HEADER}\r\n${'x'.repeat(60_000)}\r\n${'y z '.repeat(15_000)}\r\n`),
  shape(
    'an earlier signature',
    `DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=From; bh=AAAA; b=AAAA\r\n${HEADER}\r\nx\r\n`,
  ),
  shape(
    'multipart with an attachment',
    `${HEADER}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_b"\r\n\r\npreamble\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nHello \r\n\r\n--=_b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'QUJD'.repeat(19)}\r\n`.repeat(500)}\r\n--=_b--\r\n\r\n`,
  ),
  shape(
    'twenty megabytes',
    `${HEADER}Content-Type: application/octet-stream\r\n\r\n${`${'QUJD'.repeat(18)} \t \r\n`.repeat(120_000)}${`${'QUJD'.repeat(19)}\r\n`.repeat(150_000)}`,
  ),
];

function shape(name: string, text: string): MessageJson {
  return { name, bytes: Buffer.from(text, 'latin1') };
}
