/** Publishes a block of zone lines as a name server would read it: absolute names, character-strings joined (RFC 1035 §5.1). */
import type { ZoneTable } from './dns-zone.ts';

/** Records that an earlier block set under the same name and type are replaced. */
export function publishZone({ zone }: { readonly zone: Pick<ZoneTable, 'set'> }, block: string): void {
  const whole = block
    .replace(/^;.*\n/gm, '')
    .replace(/\(\n([^)]*)\)/g, (_match, inside: string) => inside.replaceAll('\n', ' '));
  for (const line of whole.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', type, data = ''] = /^(\S+)\. \d+ IN (\S+)\s+(.*)$/.exec(line) ?? [];
    if (type === 'TXT')
      zone.set(name, {
        txt: [
          [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
            .map(([, text = '']) => text.replace(/\\(.)/g, '$1'))
            .join(''),
        ],
      });
    else if (type === 'MX') {
      const [preference = '', exchange = ''] = data.split(' ');
      zone.set(name, { mx: [{ preference: Number(preference), exchange: exchange.replace(/\.$/, '') }] });
    } else if (type === 'A') zone.set(name, { a: [data] });
    else if (type === 'AAAA') zone.set(name, { aaaa: [data] });
    else throw new Error(`no line of a zone: ${line}`);
  }
}
