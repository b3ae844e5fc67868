/** Gateways in a Linux routing table, from the text of /proc/net/route and /proc/net/ipv6_route. Pure. */

/** IPv4 addresses of the gateways. `text`: /proc/net/route. */
export function ipv4Gateways(text: string): readonly string[] {
  const found = new Set<string>();
  for (const line of text.split('\n').slice(1)) {
    const hex = line.split(/\s+/)[2] ?? '';
    // Little-endian: 0100A8C0 is 192.168.0.1.
    const octets = /^[0-9A-Fa-f]{8}$/.test(hex) ? [...Buffer.from(hex, 'hex').reverse()] : [];
    if (octets.some((octet) => octet !== 0)) found.add(octets.join('.'));
  }
  return [...found];
}

/** IPv6 addresses of the gateways; link-local ones are left out, no client's connection comes from them over a router. */
export function ipv6Gateways(text: string): readonly string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const hex = line.trim().split(/\s+/)[4] ?? '';
    if (!/^[0-9a-f]{32}$/i.test(hex) || /^0+$/.test(hex) || /^fe8/i.test(hex)) continue;
    const groups = hex.match(/.{4}/g) ?? [];
    found.add(new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1));
  }
  return [...found];
}
