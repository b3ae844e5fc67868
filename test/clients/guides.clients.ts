/** What the guides of docs/ tell an operator to paste, taken by the programs that it is for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './support/application-page.ts';
import { missing, Unpacked } from './support/unpacked.ts';

/** The program, with the files of a guide laid where they belong. */
function unpackedWith(client: string, guide: string): Unpacked {
  const unpacked = new Unpacked(client, [{ name: 'postern', id: 61_001 }]);
  const text = readFileSync(path.resolve(import.meta.dirname, `../../docs/${guide}.md`), 'utf8');
  for (const { file, content } of blocksOf(text)) unpacked.write(file, content);
  return unpacked;
}

describe('nftables', () => {
  const why = missing('nftables');
  it.skipIf(why !== undefined)(
    `loads the rules of firewall.md (${why ?? 'in a network of its own'})`,
    async () => {
      using unpacked = unpackedWith('nftables', 'firewall');
      const load = 'nft -f /etc/nftables.conf && nft -f /etc/nftables.d/devices.nft && nft list ruleset';
      const { code, stdout, stderr } = await unpacked.run(['unshare', '--net', 'sh', '-c', load]);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/chain input {[^}]*policy drop/);
      expect(stdout).toMatch(/tcp dport 25 meta skuid != 61001 reject/);
      expect(stdout).toMatch(/tcp dport 25 redirect to :587/);
    },
  );
});

describe('logrotate', () => {
  const why = missing('logrotate');
  it.skipIf(why !== undefined)(
    `cuts the file of logs.md without a signal${why === undefined ? '' : ` (${why})`}`,
    async () => {
      using unpacked = unpackedWith('logrotate', 'logs');
      const log = '/var/log/postern/relayd.log';
      unpacked.write(log, '{"event":"one"}\n');
      // A writer that keeps its descriptor, as relayd does under StandardOutput=append:.
      const script = `exec 3>>${log}; logrotate --force --state /var/tmp/state /etc/logrotate.d/postern && echo '{"event":"two"}' >&3`;
      const { code, stderr } = await unpacked.run(['sh', '-c', `chmod 755 /var/log; ${script}`]);
      expect([code, stderr]).toEqual([0, '']);
      expect(unpacked.read(log)).toBe('{"event":"two"}\n');
      expect(unpacked.read(`${log}.1`)).toBe('{"event":"one"}\n');
    },
  );
});
