/**
 * Haraka as a target: the npm package with its DKIM plugin, two workers, its own outbound queue on disk (each file
 * fsync'd as Haraka does), delivery concurrency raised, logging reduced to warnings. It runs on the same Node.js as
 * Postern. With `secure`: STARTTLS and AUTH PLAIN against its flat file. It is no dependency of Postern's: it is
 * looked for in a folder of its own.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  freePort,
  greets,
  makeDkimKey,
  makePeerFolder,
  PEER_AUTH,
  PEER_FROM,
  PEER_TO,
  PeerMissing,
  SELECTOR,
  SENDER_DOMAIN,
  spawnPeer,
  stopPeer,
  untilReady,
  type PeerOptions,
} from './peer.ts';
import type { Target } from './target.ts';

export interface HarakaOptions extends PeerOptions {
  /** The folder whose node_modules holds Haraka. */
  readonly installedIn?: string;
}

const WORKERS = 2;
/** The group of RFC 7919: without a file Haraka computes one of its own, for minutes. */
const FFDHE2048 = `-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
`;
const DEFAULT_FOLDER = path.join(tmpdir(), 'postern-bench-haraka');

export async function startHarakaTarget(options: HarakaOptions): Promise<Target> {
  const installedIn = options.installedIn ?? DEFAULT_FOLDER;
  const program = path.join(installedIn, 'node_modules/Haraka/bin/haraka');
  if (!existsSync(program)) {
    throw new PeerMissing(
      `Haraka is not installed in ${installedIn}. Either\n` +
        `  npm install --ignore-scripts --prefix ${installedIn} Haraka\n` +
        'or say with --haraka DIR where it is.',
    );
  }
  const folder = makePeerFolder('haraka');
  const dkim = makeDkimKey();
  const port = await freePort();
  const logFile = path.join(folder, 'haraka.log');
  writeConfiguration(folder, port, dkim.privateKey, options);
  const child = spawnPeer(process.execPath, [program, '-c', folder], { logFile });
  const stop = async () => {
    await stopPeer(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, logFile, () => greets(port));
    return {
      name: `haraka ${versionOf(installedIn)}`,
      port,
      auth: options.secure ? PEER_AUTH : undefined,
      from: PEER_FROM,
      to: PEER_TO,
      // It writes each reply of a pipelined envelope by itself: Nagle and delayed acknowledgements then cost 40 ms.
      pipelining: false,
      dkimRecords: dkim.records,
      pids: () => [child.pid ?? -1],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function versionOf(installedIn: string): string {
  const file = path.join(installedIn, 'node_modules/Haraka/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function writeConfiguration(folder: string, port: number, privateKey: string, options: HarakaOptions): void {
  const keys = path.join('config', 'dkim', SENDER_DOMAIN);
  for (const name of [keys, 'queue']) mkdirSync(path.join(folder, name), { recursive: true });
  const files: Readonly<Record<string, string>> = {
    'config/me': 'haraka.bench.example\n',
    'config/plugins': `${[...(options.secure ? ['tls', 'auth/flat_file'] : []), 'relay', 'dkim'].join('\n')}\n`,
    'config/smtp.ini': `listen=127.0.0.1:${port}\nnodes=${WORKERS}\n`,
    'config/log.ini': '[main]\nlevel=warn\nformat=default\n',
    // Without these sections of its own default file Haraka does not greet.
    'config/connection.ini':
      '[main]\n[haproxy]\nenabled=false\n[headers]\nmax_lines=1000\nmax_received=100\n[max]\nbytes=52428800\nmime_parts=1000\nline_length=512\ndata_line_length=992\n[message]\nhelo=ready\nclose=bye\n[uuid]\nbanner_chars=6\ndeny_chars=0\n',
    'config/outbound.ini':
      'concurrency_max=1000\nenable_tls=false\nlocal_mx_ok=true\nreceived_header=disabled\n',
    'config/relay.ini': `[relay]\nacl=${!options.secure}\nforce_routing=true\n`,
    'config/relay_acl_allow': '127.0.0.0/8\n',
    'config/relay_dest_domains.ini': `[domains]\nany={"nexthop":"127.0.0.1:${options.mxPort}"}\n`,
    'config/dkim.ini': [
      '[sign]',
      'enabled=true',
      'headers=From, Sender, Reply-To, Subject, Date, Message-ID, To, Cc, MIME-Version, Content-Type, Content-Transfer-Encoding',
      '[canon]',
      'body=relaxed',
      '[verify]',
      'enabled=false',
      '',
    ].join('\n'),
    [path.join(keys, 'private')]: privateKey,
    [path.join(keys, 'selector')]: `${SELECTOR}\n`,
    ...(options.secure
      ? {
          'config/tls.ini': 'key=tls_key.pem\ncert=tls_cert.pem\ndhparam=dhparams.pem\n',
          'config/dhparams.pem': FFDHE2048,
          'config/tls_key.pem': options.tls.key,
          'config/tls_cert.pem': options.tls.cert,
          'config/auth_flat_file.ini': `[core]\nmethods=PLAIN\n[users]\n${PEER_AUTH.username}=${PEER_AUTH.password}\n`,
        }
      : {}),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
}
