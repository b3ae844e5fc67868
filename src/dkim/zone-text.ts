/**
 * DNS records as lines of a zone file (RFC 1035 §5.1), to be pasted as one block. Names are absolute, so it fits any zone.
 * A long TXT record has its data on lines of their own, which a terminal of 80 columns shows unbroken: name servers and verifiers join
 * the strings (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
 */

export interface ZoneRecord {
  /** Without a trailing dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'TXT' | 'MX' | 'CNAME';
  /** TXT unquoted and whole, MX as `10 host.`. */
  readonly value: string;
  /** Said above it, a line each; a record that has to be merged by hand stands as a comment itself. */
  readonly remarks?: readonly string[];
  readonly isComment?: boolean;
}

const TTL_SECONDS = 3600;
/** Of a terminal, without the mark of a comment. */
const COLUMNS = 78;
const INDENT = '    ';
/** One character-string holds 255 octets (RFC 1035 §3.3); so many stand on a line with quotes and a closing parenthesis. */
const STRING_OCTETS = COLUMNS - INDENT.length - '"" )'.length;

/** Ends with a line end. */
export function zoneText(records: readonly ZoneRecord[]): string {
  return records.map((record) => `${linesOf(record).join('\n')}\n`).join('');
}

function linesOf(record: ZoneRecord): readonly string[] {
  const { remarks = [], isComment = false } = record;
  return [
    ...remarks.map((remark) => `; ${remark}`),
    ...dataLines(record).map((line) => (isComment ? `; ${line}` : line)),
  ];
}

function dataLines({ name, type, value }: ZoneRecord): readonly string[] {
  const head = `${name}. ${TTL_SECONDS} IN ${type}`;
  if (type !== 'TXT') return [`${head} ${value}`];
  const octets = Buffer.from(value);
  const whole = `${head} ${quoted(octets)}`;
  if (whole.length <= COLUMNS) return [whole];
  const strings: string[] = [];
  for (let from = 0; from < octets.length; from += STRING_OCTETS)
    strings.push(INDENT + quoted(octets.subarray(from, from + STRING_OCTETS)));
  return [`${head} (`, ...strings.slice(0, -1), `${strings.at(-1) ?? ''} )`];
}

function quoted(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    const character = String.fromCharCode(octet);
    if (character === '"' || character === '\\') text += `\\${character}`;
    else text += octet < 0x20 || octet > 0x7e ? `\\${String(octet).padStart(3, '0')}` : character;
  }
  return `"${text}"`;
}
