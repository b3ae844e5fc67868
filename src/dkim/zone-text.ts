/** DNS records as lines of a zone file (RFC 1035 §5.1), to be pasted as one block. Names are absolute, so it fits any zone. */

export interface ZoneRecord {
  /** Without a trailing dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'TXT' | 'MX';
  /** TXT unquoted and whole, MX as `10 host.`. */
  readonly value: string;
  /** Said above it, a line each; a record that has to be merged by hand stands as a comment itself. */
  readonly remarks?: readonly string[];
  readonly isComment?: boolean;
}

const TTL_SECONDS = 3600;
/** One character-string holds no more (RFC 1035 §3.3). */
const MOST_OCTETS = 255;

/** Ends with a line end. */
export function zoneText(records: readonly ZoneRecord[]): string {
  return records.map((record) => `${linesOf(record).join('\n')}\n`).join('');
}

function linesOf({ name, type, value, remarks = [], isComment = false }: ZoneRecord): readonly string[] {
  const data = type === 'TXT' ? textData(value) : value;
  const lines = `${name}. ${TTL_SECONDS} IN ${type} ${data}`.split('\n');
  return [
    ...remarks.map((remark) => `; ${remark}`),
    ...lines.map((line) => (isComment ? `; ${line}` : line)),
  ];
}

function textData(value: string): string {
  const octets = Buffer.from(value);
  const strings: string[] = [];
  for (let from = 0; from < octets.length; from += MOST_OCTETS)
    strings.push(quoted(octets.subarray(from, from + MOST_OCTETS)));
  return strings.length <= 1 ? (strings[0] ?? '""') : `(\n    ${strings.join('\n    ')} )`;
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
